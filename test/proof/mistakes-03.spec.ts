import { verifyMistakes } from './mistakes';

verifyMistakes(3);
