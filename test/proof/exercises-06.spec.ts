import { verifyExercises } from './exercises';

verifyExercises(6);
