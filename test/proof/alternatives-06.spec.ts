import { verifyAlternatives } from './alternatives';

verifyAlternatives(6);
