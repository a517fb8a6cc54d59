import { verifyExercises } from './exercises';

verifyExercises(3);
