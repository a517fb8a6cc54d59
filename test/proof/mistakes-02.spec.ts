import { verifyMistakes } from './mistakes';

verifyMistakes(2);
