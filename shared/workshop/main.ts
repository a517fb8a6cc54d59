import { runMain } from '../lib/user-error';
import { runWorkshop } from './program';

runMain(runWorkshop);
