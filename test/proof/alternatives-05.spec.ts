import { verifyAlternatives } from './alternatives';

verifyAlternatives(5);
