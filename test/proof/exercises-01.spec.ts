import { proveExercises } from './exercises';

proveExercises(1);
