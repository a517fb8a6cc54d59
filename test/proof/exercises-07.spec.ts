import { verifyExercises } from './exercises';

verifyExercises(7);
