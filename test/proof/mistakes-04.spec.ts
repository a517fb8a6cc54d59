import { proveMistakes } from './mistakes';

proveMistakes(4);
