import { reportInterrupted } from '../workshop/interrupted';
import { appPlace } from './app-place';
import { parseFlags, readPorts } from './settings';

/** `npm start`: all parties, until Ctrl-C. */
export async function runGuideCommand(): Promise<void> {
  const flags = parseFlags();
  await reportInterrupted('start');
  const ports = readPorts(flags);
  // It loads the app's packages while this process loads tenant, API and guide.
  const place = appPlace(flags.step);
  try {
    const { run } = require('./run') as typeof import('./run');
    await run(flags, ports, place);
  } catch (error) {
    place.prewarmed?.close();
    throw error;
  }
}
