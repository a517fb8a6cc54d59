import { verifyMistakes } from './mistakes';

verifyMistakes(1);
