import { verifyMistakes } from './mistakes';

verifyMistakes(4);
