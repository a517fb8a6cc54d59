import { verifyMistakes } from './mistakes';

verifyMistakes(5);
