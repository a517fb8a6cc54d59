import { verifyExercises } from './exercises';

verifyExercises(5);
