/**
 * An error whose message is written for the person at the keyboard: what was wrong, where, and what to do.
 * It is printed without a stack trace.
 */
export class UserError extends Error {
  override name = 'UserError';
}

/** Exit codes of every command. */
export const EXIT = { ok: 0, notRightYet: 1, usedWrongly: 2, workshopFailed: 3 } as const;

/**
 * Runs a command's main function; a UserError ends with its message alone and exit code 2,
 * anything else is the workshop's own fault: its message, where to report it, exit code 3.
 * Set DEBUG=1 to see the stack.
 */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    if (error instanceof UserError) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = EXIT.usedWrongly;
    } else {
      const text = error instanceof Error ? error.message : String(error);
      process.stderr.write(
        `The workshop itself failed: ${text}\nRun the command again with DEBUG=1 to see where, and report it.\n`,
      );
      if (process.env.DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
      process.exitCode = EXIT.workshopFailed;
    }
  });
}
