import { Command, type ParseOptions } from 'commander';
import { commandContext } from './command-context';
import { optionsFromNpm } from './npm-options';
import { err, out } from './terminal';
import { CommandEnd, EXIT } from './user-error';

/** Adds the options that npm took from a command that was typed without `--`. */
class CommandLine extends Command {
  override createCommand(name?: string): Command {
    return new Command(name);
  }
  override parse(argv?: readonly string[], options?: ParseOptions): this {
    return super.parse(whole(this, argv), options);
  }
  override parseAsync(argv?: readonly string[], options?: ParseOptions): Promise<this> {
    return super.parseAsync(whole(this, argv), options);
  }
}

const whole = (program: Command, argv: readonly string[] = commandContext().argv) => [
  ...argv,
  ...optionsFromNpm(program, argv),
];

/** A command's options and help. Wrong usage ends with a message and exit code 2.
 * @param name what is typed before its arguments, with npm's `--`. */
export function commandLine(name: string): Command {
  return new CommandLine(name)
    .configureOutput({ writeOut: out, writeErr: err })
    .allowExcessArguments(false)
    .exitOverride((error) => {
      throw new CommandEnd(error.exitCode === 0 ? EXIT.ok : EXIT.usedWrongly);
    });
}
