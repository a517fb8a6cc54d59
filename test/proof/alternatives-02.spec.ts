import { verifyAlternatives } from './alternatives';

verifyAlternatives(2);
