import { runMain } from '../../lib/user-error';
import { runSamlCommand } from './command';

runMain(runSamlCommand);
