import fs from 'node:fs';
import path from 'node:path';
import { applyPatch, parsePatch } from 'diff';
import { z } from 'zod';
import { UserError } from '../../shared/lib/user-error';
import { findStep, parsed, readApp, type Step } from '../../shared/steps/layers';

/** How a patch names the file that is not there yet, or no more. */
const NO_FILE = '/dev/null';

const appsFile = z.array(
  z.strictObject({
    /** The folder or the patch: step02/w1. */
    app: z.string(),
    /** The app of the same author that its patch changes; without it, the app is a folder. */
    over: z.string().optional(),
    /** What is wrong with it, or unusual if it is right. */
    title: z.string(),
    /** What its author would explain to a learner. An app without it is right. */
    cause: z.string().optional(),
    /** The question on a forum that it is like. */
    source: z.string().optional(),
  }),
);

/** An app that somebody wrote who had read the lessons, but no check. */
export interface CorpusApp {
  /** The author and the app: first-a/step02/w1. */
  id: string;
  step: Step;
  title: string;
  /** What its author would explain to a learner; undefined for a right app. */
  cause: string | undefined;
  /** Writes it into a folder that does not exist yet. */
  make(target: string): void;
}

/** All apps of the corpus, author by author. @throws UserError when a list is malformed. */
export function listApps(): CorpusApp[] {
  return fs
    .readdirSync(__dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => appsOf(name));
}

function appsOf(author: string): CorpusApp[] {
  const folder = path.join(__dirname, author);
  const file = path.join(folder, 'apps.yaml');
  const read = appsFile.safeParse(parsed(file));
  if (!read.success) throw new UserError(`${file} is malformed:\n${z.prettifyError(read.error)}`);
  const entries = new Map(read.data.map((one) => [one.app, one]));
  const write = (app: string, target: string): void => {
    const entry = entries.get(app);
    if (!entry) throw new UserError(`${file} has no app ${app}.`);
    const place = path.join(folder, ...app.split('/'));
    if (entry.over === undefined) fs.cpSync(place, target, { recursive: true });
    else {
      write(entry.over, target);
      applyPatches(fs.readFileSync(`${place}.patch`, 'utf8'), target);
    }
  };
  return read.data.map(({ app, title, cause }) => {
    const step = findStep(/^step(\d+)\//.exec(app)?.[1] ?? app);
    return {
      id: `${author}/${app}`,
      step,
      title,
      cause,
      make: (target) => {
        write(app, target);
        addTenantFile(step, target);
      },
    };
  });
}

/** Changes the files of a folder as a unified diff of them says. @throws UserError when it does not fit. */
function applyPatches(text: string, folder: string): void {
  for (const patch of parsePatch(text)) {
    const { oldFileName: from, newFileName: to } = patch;
    const before = from === NO_FILE ? '' : fs.readFileSync(path.join(folder, `${from}`), 'utf8');
    if (to === NO_FILE) {
      fs.rmSync(path.join(folder, `${from}`));
      continue;
    }
    const after = applyPatch(before, patch);
    if (after === false) throw new UserError(`A patch of the corpus does not fit ${from}.`);
    fs.mkdirSync(path.dirname(path.join(folder, `${to}`)), { recursive: true });
    fs.writeFileSync(path.join(folder, `${to}`), after);
  }
}

/** An app without a tenant.yaml runs with its step's. */
function addTenantFile(step: Step, target: string): void {
  if (fs.existsSync(path.join(target, 'tenant.yaml'))) return;
  for (const [file, text] of readApp(step.number)) {
    if (file !== 'tenant.yaml' && !file.startsWith('actions/')) continue;
    fs.mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
    fs.writeFileSync(path.join(target, file), text);
  }
}
