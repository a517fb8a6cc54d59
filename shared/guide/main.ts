import { runMain } from '../lib/user-error';
import { runGuideCommand } from './command';

runMain(runGuideCommand);
