import { proveExercises } from './exercises';

proveExercises(3);
