import { mouse } from './hands';
import { walk } from './walk';

walk('with the mouse', mouse, 'each task');
