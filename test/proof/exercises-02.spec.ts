import { proveExercises } from './exercises';

proveExercises(2);
