import { proveAlternatives } from './alternatives';

proveAlternatives(1);
