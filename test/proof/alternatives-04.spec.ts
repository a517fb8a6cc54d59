import { proveAlternatives } from './alternatives';

proveAlternatives(4);
