import { runMain } from '../../lib/user-error';
import { runSocialCommand } from './command';

runMain(runSocialCommand);
