import { proveExercises } from './exercises';

proveExercises(4);
