import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { commandContext } from '../lib/command-context';
import { listSteps } from '../steps/layers';
import { sourcesOf } from './compile-ahead';
import { PrewarmedProcess, viewsIn } from './prewarmed-process';
import { withoutSettings } from './start-app';
import type { Loaded } from './types';

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
export function prewarmForChecks({ step, appFolder, appUrl }: OfApp): PrewarmedProcess | undefined {
  if (appFolder === undefined || appUrl !== undefined || step < 2 || !fs.existsSync(appFolder))
    return undefined;
  const at = path.resolve(appFolder);
  return new PrewarmedProcess(at, expected(step, at), withoutSettings(commandContext().env));
}

/**
 * The same for an app whose start alone is waited for: what it needs at its first page is loaded then.
 *
 * @returns undefined when the folder is not there.
 */
export function prewarmForStart(step: number, appFolder: string): PrewarmedProcess | undefined {
  if (!fs.existsSync(appFolder)) return undefined;
  const at = path.resolve(appFolder);
  const { packages, files } = expected(step, at, importedIn);
  return new PrewarmedProcess(
    at,
    { packages, files, views: [] },
    withoutSettings(commandContext().env),
    false,
  );
}

/** Of packages, those that a file names: Express loads a view engine by itself, at the first page. */
function importedIn(names: readonly string[], files: readonly string[]): string[] {
  const texts = files.map(textOf);
  return names.filter((name) =>
    texts.some((text) => text.includes(`'${name}'`) || text.includes(`"${name}"`)),
  );
}

function expected(
  step: number,
  folder: string,
  choose: (names: readonly string[], files: readonly string[]) => readonly string[] = (names) => names,
): Loaded {
  const files = sourcesOf(folder);
  const packages = packagesOf(step, folder, (names) => choose(names, files));
  return { packages, files, views: viewsIn(folder).slice(0, MOST) };
}

/** Files of the packages with which a step's app was proved, as its folder finds them. */
export function packagesOf(
  step: number,
  folder: string,
  choose: (names: readonly string[]) => readonly string[] = (names) => names,
): string[] {
  const versions = listSteps().find(({ number }) => number === step)?.versions ?? {};
  const { resolve } = createRequire(path.join(folder, 'server.ts'));
  return choose(Object.keys(versions)).flatMap((name) => {
    try {
      return [resolve(name)];
    } catch {
      return [];
    }
  });
}

/** A file or folder that cannot be read is reported when the app asks for it. */
function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
