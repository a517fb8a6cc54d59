import { commandContext } from './command-context';
import { diskTrouble } from './disk-trouble';
import { err } from './terminal';

export const EXIT = { ok: 0, notRightYet: 1, usedWrongly: 2, workshopFailed: 3 } as const;

/** An error with a message for the user: what was wrong, where, and what to do. Printed without a stack trace. */
export class UserError extends Error {
  override name = 'UserError';

  /** @param exitCode if something other than the usage is wrong. */
  constructor(
    message: string,
    readonly exitCode: number = EXIT.usedWrongly,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Ends a command that has printed everything: its help, or what was wrong with its options. */
export class CommandEnd extends Error {
  override name = 'CommandEnd';

  constructor(readonly exitCode: number) {
    super(`ended with exit code ${exitCode}`);
  }
}

/** Runs the main function of this process: see `runCommand`. */
export function runMain(main: () => Promise<void>): void {
  // The reader of the output may stop early, as head does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  void runCommand(main);
}

/** Runs a command's main function. A UserError ends with its message and exit code 2, any other error with a message,
 * where to report it, and exit code 3. DEBUG=1 prints the stack. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    commandContext().exitCode = report(error);
  }
}

/** @returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommandEnd) return error.exitCode;
  if (error instanceof UserError) {
    err(`${error.message}\n`);
    return error.exitCode;
  }
  const { DEBUG } = commandContext().env;
  if (diskTrouble(error) !== undefined) {
    const { path } = error as NodeJS.ErrnoException;
    err(`${path ?? 'A file'} cannot be written: ${diskTrouble(error)}, then run the command again.\n`);
  } else {
    const text = error instanceof Error ? error.message : String(error);
    err(
      `The workshop itself failed: ${text}\nRun the command again with DEBUG=1 to see where, and report it.\n`,
    );
  }
  if (DEBUG && error instanceof Error) err(`${error.stack}\n`);
  return EXIT.workshopFailed;
}
