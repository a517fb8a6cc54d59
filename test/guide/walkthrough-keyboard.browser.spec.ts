import { keyboard } from './input-devices';
import { walk } from './walkthrough';

walk('with the keyboard alone', keyboard, 'all at once');
