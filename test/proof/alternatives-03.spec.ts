import { proveAlternatives } from './alternatives';

proveAlternatives(3);
