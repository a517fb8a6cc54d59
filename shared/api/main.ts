import { runMain } from '../lib/user-error';
import { runApiCommand } from './command';

runMain(runApiCommand);
