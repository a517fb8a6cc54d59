import { proveMistakes } from './mistakes';

proveMistakes(2);
