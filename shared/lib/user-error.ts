import { diskTrouble } from './disk-trouble';
import { err } from './terminal';

/** Exit codes of every command. */
export const EXIT = { ok: 0, notRightYet: 1, usedWrongly: 2, workshopFailed: 3 } as const;

/**
 * An error whose message is written for the person at the keyboard: what was wrong, where, and what to do.
 * It is printed without a stack trace.
 */
export class UserError extends Error {
  override name = 'UserError';

  /** @param exitCode when it is not the way in which the command was used that is wrong. */
  constructor(
    message: string,
    readonly exitCode: number = EXIT.usedWrongly,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Runs a command's main function; a UserError ends with its message alone and exit code 2,
 * anything else is the workshop's own fault: its message, where to report it, exit code 3.
 * Set DEBUG=1 to see the stack.
 */
export function runMain(main: () => Promise<void>): void {
  // Whoever reads the output may have seen enough, as head does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  main().catch((error: unknown) => {
    if (error instanceof UserError) {
      err(`${error.message}\n`);
      process.exitCode = error.exitCode;
    } else if (diskTrouble(error) !== undefined) {
      const { path } = error as NodeJS.ErrnoException;
      err(`${path ?? 'A file'} cannot be written: ${diskTrouble(error)}, then run the command again.\n`);
      if (process.env.DEBUG) err(`${(error as Error).stack}\n`);
      process.exitCode = EXIT.workshopFailed;
    } else {
      const text = error instanceof Error ? error.message : String(error);
      err(
        `The workshop itself failed: ${text}\nRun the command again with DEBUG=1 to see where, and report it.\n`,
      );
      if (process.env.DEBUG && error instanceof Error) err(`${error.stack}\n`);
      process.exitCode = EXIT.workshopFailed;
    }
  });
}
