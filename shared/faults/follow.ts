import fs from 'node:fs';
import path from 'node:path';
import { watchFiles } from '../lib/watch';
import { allowShiftedClocks } from './clock';
import { decider, type FaultConfigs, type FaultyParty, inWords } from './configuration';
import { earlierFile, faultsFile, readFaults } from './file';
import { FaultInjector } from './inject';

export interface FollowedFaults {
  of(party: FaultyParty): FaultInjector;
  now(): FaultConfigs;
  /** Reads the file now, for a caller that has just written it. */
  look(): void;
  /** Fulfilled once every later change is noticed. */
  ready: Promise<void>;
  close(): Promise<void>;
}

/** Makes parties of this process follow the fault configuration. Call it before they start.
 * @param onChange receives each change as text, or why the file cannot be read. */
export function followFaults(
  onChange: (party: FaultyParty, words: string) => void,
  file = faultsFile(),
): FollowedFaults {
  allowShiftedClocks();
  const injectors = { tenant: new FaultInjector(), api: new FaultInjector() };
  let current: FaultConfigs = {};
  const read = () => {
    let next: FaultConfigs;
    try {
      next = readFaults(file);
    } catch (error) {
      return onChange('tenant', (error as Error).message);
    }
    for (const party of ['tenant', 'api'] as const) {
      const [before, after] = [JSON.stringify(current[party]), JSON.stringify(next[party])];
      if (before === after) continue;
      const one = next[party] ?? {};
      injectors[party].clear();
      injectors[party].decide = decider(one, party);
      injectors[party].clock = one.clock ?? 0;
      onChange(party, inWords(one) ?? 'has no faults any more');
    }
    current = next;
  };
  read();
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const watch = watchFiles([file, earlierFile(file)], read);
  return {
    of: (party) => injectors[party],
    now: () => current,
    look: read,
    ready: watch.ready,
    close: async () => {
      await watch.close();
      for (const injector of Object.values(injectors)) injector.clear();
    },
  };
}
