import { keyboard } from './hands';
import { walk } from './walk';

walk('with the keyboard alone', keyboard, 'all at once');
