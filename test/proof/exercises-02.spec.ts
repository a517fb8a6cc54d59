import { verifyExercises } from './exercises';

verifyExercises(2);
