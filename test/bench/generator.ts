import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { REGISTER } from '../../shared/lib/places';
import type { Load, Round } from './load';

/** A load in a process of its own; a round in which an answer was not 200 is worth nothing, and fails. */
export function loadGenerator() {
  const child = fork(path.join(__dirname, 'load.ts'), { execArgv: ['-r', REGISTER] });
  return {
    run: async (round: Round): Promise<Load> => {
      const ended = new AbortController();
      const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
        throw new Error(`the load generator ended with code ${code}`);
      });
      exit.catch(() => undefined);
      child.send(round);
      const [seen] = (await Promise.race([once(child, 'message', { signal: ended.signal }), exit])) as [
        Load | { error: string },
      ];
      ended.abort();
      if ('error' in seen) throw new Error(`a round failed: ${seen.error}`);
      if (Object.keys(seen.statuses).join() !== '200') {
        throw new Error(`not every answer was 200: ${JSON.stringify(seen.statuses)}`);
      }
      return seen;
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
