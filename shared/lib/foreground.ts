import { commandContext } from './command-context';
import { err, out } from './terminal';

/** Reports that a party is ready: KEY=value lines, then `# ready`, in one write, so that a script reads them whole.
 * The party runs until Ctrl-C or SIGTERM. Logs go to standard error. */
export function openListeningParty(settings: Record<string, string>, close: () => Promise<void>): void {
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  // The handlers first: a script may stop the party as soon as it reads that it is ready.
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
