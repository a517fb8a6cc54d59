import { commandContext } from './command-context';
import { err, out } from './terminal';

/**
 * Says that a party is ready and keeps it running until Ctrl-C or SIGTERM: its settings as KEY=value lines, then
 * `# ready`, on standard output in one go, so that a script can read them whole. Logs go to standard error.
 */
export function openListeningParty(settings: Record<string, string>, close: () => Promise<void>): void {
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  // First the handlers: a script may stop the party as soon as it reads that it is ready.
  closeOnSignal(close);
  out(`${lines.join('')}# ready\n`);
}

/** Closes once on the first signal; a second one does not wait. */
export function closeOnSignal(close: () => Promise<void>): void {
  const context = commandContext();
  let closing = false;
  const stop = () => {
    if (closing) return context.exit(130);
    closing = true;
    close().then(
      () => context.exit(0),
      (error) => {
        err(`Closing failed: ${error.message}\n`);
        context.exit(3);
      },
    );
  };
  context.onSignal(stop);
}
