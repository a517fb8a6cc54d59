import { proveAlternatives } from './alternatives';

proveAlternatives(2);
