import { proveExercises } from './exercises';

proveExercises(5);
