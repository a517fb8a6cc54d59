import { verifyExercises } from './exercises';

verifyExercises(4);
