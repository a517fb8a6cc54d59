import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { commandContext } from '../lib/command-context';
import { listSteps } from '../steps/layers';
import { MOST_FILES, sourcesOf } from './compile-ahead';
import { PrewarmedProcess, viewsIn } from './prewarmed-process';
import { textOf } from './stack-trace';
import { withoutSettings } from './start-app';

interface OfApp {
  step: number;
  appFolder?: string | undefined;
  appUrl?: string | undefined;
}

/** A process that loads the packages of the app's step and compiles the app's files. Undefined when the step has no app,
 * or the app already runs. */
export function prewarmForChecks({ step, appFolder, appUrl }: OfApp): PrewarmedProcess | undefined {
  if (appFolder === undefined || appUrl !== undefined || step < 2 || !fs.existsSync(appFolder))
    return undefined;
  const folder = path.resolve(appFolder);
  const packages = packagesOf(step, folder);
  const views = viewsIn(folder).slice(0, MOST_FILES);
  const { env } = commandContext();
  return new PrewarmedProcess(folder, { packages, files: sourcesOf(folder), views }, withoutSettings(env));
}

/** The same for an app whose first page is requested later. Undefined when the folder does not exist. */
export function prewarmForStart(step: number, appFolder: string): PrewarmedProcess | undefined {
  if (!fs.existsSync(appFolder)) return undefined;
  const folder = path.resolve(appFolder);
  const files = sourcesOf(folder);
  const texts = files.map(textOf);
  // Express loads a view engine by itself, at the first page: no file names it.
  const packages = packagesOf(step, folder, (name) =>
    texts.some((text) => text.includes(`'${name}'`) || text.includes(`"${name}"`)),
  );
  const { env } = commandContext();
  return new PrewarmedProcess(folder, { packages, files, views: [] }, withoutSettings(env), false);
}

/** Files of the packages with which a step's app was verified, as its folder resolves them. */
export function packagesOf(step: number, folder: string, isUsed = (_name: string) => true): string[] {
  const versions = listSteps().find(({ number }) => number === step)?.versions ?? {};
  const { resolve } = createRequire(path.join(folder, 'server.ts'));
  return Object.keys(versions)
    .filter(isUsed)
    .flatMap((name) => {
      try {
        return [resolve(name)];
      } catch {
        return [];
      }
    });
}
