import { Command } from 'commander';
import { EXIT } from './user-error';

/** A command's options and help; what is used wrongly ends with a message and exit code 2. */
export function commandLine(name: string): Command {
  return new Command(name)
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usedWrongly));
}
