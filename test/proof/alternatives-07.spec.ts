import { verifyAlternatives } from './alternatives';

verifyAlternatives(7);
