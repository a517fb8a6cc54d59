import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { withoutSettings } from './app-process';
import { listSteps } from './layers';
import { type Loaded, Spare, viewsIn } from './warm';

interface OfApp {
  step: number;
  appFolder?: string | undefined;
  appUrl?: string | undefined;
}

/** More files are not compiled before they are asked for. */
const MOST = 200;

/**
 * A process for an app that was never seen: it loads the packages with which the app's step was proved, and compiles the files that are there.
 * What the app does not ask for does nothing.
 *
 * @returns undefined when the step has no app, or it runs already.
 */
export function firstSpare({ step, appFolder, appUrl }: OfApp): Spare | undefined {
  if (appFolder === undefined || appUrl !== undefined || step < 2 || !fs.existsSync(appFolder))
    return undefined;
  const at = path.resolve(appFolder);
  return new Spare(at, expected(step, at), withoutSettings(process.env));
}

function expected(step: number, folder: string): Loaded {
  const versions = listSteps().find(({ number }) => number === step)?.versions ?? {};
  const { resolve } = createRequire(path.join(folder, 'server.ts'));
  const packages = Object.keys(versions).flatMap((name) => {
    try {
      return [resolve(name)];
    } catch {
      return [];
    }
  });
  return { packages, files: sourcesIn(folder).slice(0, MOST), views: viewsIn(folder).slice(0, MOST) };
}

function sourcesIn(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const at = path.join(folder, entry.name);
    if (entry.isFile()) return /\.[cm]?ts$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [at] : [];
    const passed = !entry.isDirectory() || entry.name === 'node_modules' || entry.name.startsWith('.');
    return passed ? [] : sourcesIn(at);
  });
}
