import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { commandContext } from '../lib/command-context';
import { listSteps } from '../steps/layers';
import { MOST_FILES, sourcesOf } from './compile-ahead';
import { hasOwnApi, STEP_OF_API } from './own-api';
import { type AppHost, PrewarmedProcess, PrewarmedProcesses, viewsIn } from './prewarmed-process';
import { textOf } from './stack-trace';
import { withoutSettings } from './start-app';
import { PROCESSES, STEP_OF_STORES } from './stores';
import { API_FOLDER, type Loaded } from './types';

interface OfApp {
  step: number;
  appFolder?: string | undefined;
  appUrl?: string | undefined;
}

/** Processes for what a step's checks start first, the app or the learner's API: each loads the packages of the step and
 * compiles the files. Undefined when the step has no app, or the app already runs. */
export function prewarmForChecks({ step, appFolder, appUrl }: OfApp): AppHost | undefined {
  if (appFolder === undefined || appUrl !== undefined || step < 2 || !fs.existsSync(appFolder))
    return undefined;
  if (step >= STEP_OF_API && step < STEP_OF_STORES)
    return hasOwnApi(appFolder) ? prewarmForApi(step, appFolder) : undefined;
  const folder = path.resolve(appFolder);
  const packages = packagesOf(step, folder);
  const views = viewsIn(folder).slice(0, MOST_FILES);
  const { env } = commandContext();
  const loaded: Loaded = { packages, files: sourcesOf(folder), views };
  return new PrewarmedProcesses(processesOf(step), folder, loaded, withoutSettings(env));
}

/** How many processes of the app the checks of a step start first. */
export const processesOf = (step: number): number => (step >= STEP_OF_STORES ? PROCESSES : 1);

/** The same for an app whose first page is requested later. Undefined when the folder does not exist. */
export function prewarmForStart(step: number, appFolder: string): PrewarmedProcess | undefined {
  if (!fs.existsSync(appFolder)) return undefined;
  const folder = path.resolve(appFolder);
  const { env } = commandContext();
  // Express loads a view engine by itself, at the first page: no file names it.
  return new PrewarmedProcess(folder, importedBy(step, folder), withoutSettings(env), false);
}

/** The same for the learner's API, which is in a folder of the app's. */
export function prewarmForApi(step: number, appFolder: string): PrewarmedProcess {
  const folder = path.join(path.resolve(appFolder), API_FOLDER);
  return new PrewarmedProcess(folder, importedBy(step, folder), withoutSettings(commandContext().env));
}

/** The files of a folder, and the packages that they name. */
function importedBy(step: number, folder: string): Loaded {
  const files = sourcesOf(folder);
  const texts = files.map(textOf);
  const packages = packagesOf(step, folder, (name) =>
    texts.some((text) => text.includes(`'${name}'`) || text.includes(`"${name}"`)),
  );
  return { packages, files, views: [] };
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
