import { proveMistakes } from './mistakes';

proveMistakes(5);
