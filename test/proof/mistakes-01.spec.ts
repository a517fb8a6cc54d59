import { proveMistakes } from './mistakes';

proveMistakes(1);
