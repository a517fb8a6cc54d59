import { mouse } from './input-devices';
import { walk } from './walkthrough';

walk('with the mouse', mouse, 'each task');
