import { runMain } from '../lib/user-error';
import { workshopCommands } from './program';

/** `npm run workshop <command>`: everything that a learner, an instructor or an author does at the shell. */
runMain(async () => {
  await workshopCommands().parseAsync();
});
