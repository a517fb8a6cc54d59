import fs from 'node:fs';
import path from 'node:path';
import { rmSync } from '../lib/held';
import { workFolder } from '../lib/places';
import { readText } from '../lib/read-text';
import { UserError } from '../lib/user-error';
import { writeWhole } from '../lib/write-whole';
import { type FaultConfigs, faultConfigs } from './configuration';

/** Written by the command and by the guide's page; tenants and APIs in the foreground follow it, those of checks do
 * not. */
export const faultsFile = () => path.join(workFolder(), 'faults.json');
/** The earlier name, still read when the new file is absent. */
export const earlierFile = (file: string) => path.join(path.dirname(file), 'weather.json');

/** @throws UserError when the file is no valid configuration. */
export function readFaults(file = faultsFile()): FaultConfigs {
  for (const one of [file, earlierFile(file)]) {
    const text = readText(one);
    if (text === undefined) continue;
    try {
      return faultConfigs.parse(JSON.parse(text));
    } catch {
      throw new UserError(
        `${one} is not a valid fault configuration. Remove all faults: npm run workshop faults none`,
      );
    }
  }
  return {};
}

/** Writes the configuration atomically; without faults there is no file. */
export function writeFaults(faults: FaultConfigs, file = faultsFile()): void {
  const inForce = Object.entries(faults).filter(([, one]) => one && Object.keys(one).length > 0);
  rmSync(earlierFile(file), { force: true });
  if (inForce.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeWhole(file, `${JSON.stringify(Object.fromEntries(inForce), null, 2)}\n`);
}
