import fs from 'node:fs';
import path from 'node:path';
import { rmSync } from '../lib/held';
import { workFolder } from '../lib/places';
import { UserError } from '../lib/user-error';
import { writeWhole } from '../lib/write-whole';
import { type Forecasts, forecasts } from './configuration';

/**
 * Where the weather is written down: by the command and by the guide's page, for every tenant and every API that runs in the
 * foreground. The checks' own parties do not look at it.
 */
export const weatherFile = () => path.join(workFolder(), 'weather.json');

/** @throws UserError when the file says what cannot be. */
export function readWeather(file = weatherFile()): Forecasts {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return forecasts.parse(JSON.parse(text));
  } catch {
    throw new UserError(
      `${file} says what cannot be the weather. Make it fine again: npm run workshop weather fine`,
    );
  }
}

/** Writes the weather down, whole or not at all; fine weather needs no file. */
export function writeWeather(weather: Forecasts, file = weatherFile()): void {
  const said = Object.entries(weather).filter(([, one]) => one && Object.keys(one).length > 0);
  if (said.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeWhole(file, `${JSON.stringify(Object.fromEntries(said), null, 2)}\n`);
}
