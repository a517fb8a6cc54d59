import { proveAlternatives } from './alternatives';

proveAlternatives(5);
