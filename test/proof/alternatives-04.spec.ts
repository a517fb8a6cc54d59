import { verifyAlternatives } from './alternatives';

verifyAlternatives(4);
