import { verifyAlternatives } from './alternatives';

verifyAlternatives(3);
