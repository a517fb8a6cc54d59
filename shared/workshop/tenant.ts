import { runMain } from '../lib/user-error';
import { runOwnTenant } from './tenant-command';

runMain(runOwnTenant);
