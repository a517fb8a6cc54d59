import { proveMistakes } from './mistakes';

proveMistakes(3);
