import { runMain } from '../lib/user-error';
import { runAppCommand } from './app-command';

runMain(runAppCommand);
