import { verifyExercises } from './exercises';

verifyExercises(1);
