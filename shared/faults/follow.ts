import fs from 'node:fs';
import path from 'node:path';
import { watchFiles } from '../lib/watch';
import { allowShiftedClocks } from './clock';
import { decider, type Forecasts, inWords, type WeatheredParty } from './configuration';
import { readWeather, weatherFile } from './file';
import { Weather } from './inject';

export interface FollowedWeather {
  /** Goes before a party's handler. */
  of(party: WeatheredParty): Weather;
  /** What is in force. */
  now(): Forecasts;
  /** Reads the file at once, for whoever has just written it. */
  look(): void;
  /** Fulfilled once every later change is seen. */
  ready: Promise<void>;
  close(): Promise<void>;
}

/**
 * Lets parties of this process have the weather that the file says, from now on. To be called before they start.
 *
 * @param tell what to do with a change, in words; also with a file that cannot be read.
 */
export function followWeather(
  tell: (party: WeatheredParty, words: string) => void,
  file = weatherFile(),
): FollowedWeather {
  allowShiftedClocks();
  const weathers = { tenant: new Weather(), api: new Weather() };
  let current: Forecasts = {};
  const read = () => {
    let next: Forecasts;
    try {
      next = readWeather(file);
    } catch (error) {
      return tell('tenant', (error as Error).message);
    }
    for (const party of ['tenant', 'api'] as const) {
      const [before, after] = [JSON.stringify(current[party]), JSON.stringify(next[party])];
      if (before === after) continue;
      const one = next[party] ?? {};
      weathers[party].clear();
      weathers[party].decide = decider(one, party);
      weathers[party].clock = one.clock ?? 0;
      tell(party, inWords(one) ?? 'is as always again');
    }
    current = next;
  };
  read();
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const watch = watchFiles([file], read);
  return {
    of: (party) => weathers[party],
    now: () => current,
    look: read,
    ready: watch.ready,
    close: async () => {
      await watch.close();
      for (const weather of Object.values(weathers)) weather.clear();
    },
  };
}
