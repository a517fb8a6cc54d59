import { verifyAlternatives } from './alternatives';

verifyAlternatives(1);
