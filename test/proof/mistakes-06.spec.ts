import { verifyMistakes } from './mistakes';

verifyMistakes(6);
