import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { STEP_OF_API } from '../app-runner/own-api';
import { rmSync } from '../lib/held';
import { memoize } from '../lib/memoize';
import { EXIT, UserError } from '../lib/user-error';
import { mayBeMarked, unmark } from '../steps/unmark';
import { branchReadme } from './branch-readme';

export interface StepBranch {
  /** step-02-start */
  name: string;
  commit: string;
  changed: boolean;
}

type Entry = { mode: string; sha: string };
const SHARED = /^(shared\/|LICENSE$|\.(?:gitignore|gitattributes|npmrc)$|package-lock\.json$)/;
const LAYER = /^steps\/((\d\d)-[^/]+)\/app\/(.+)$/;
/** The workshop's own API is the finished one of a step, so each branch needs it, at its place. */
const API = /^steps\/[^/]+\/app\/api\//;
const LESSON = /^steps\/(\d\d)-[^/]+\/README\.md$/;
/** Files whose text changes; others are copied. */
const isRead = (file: string): boolean =>
  file === 'package.json' ||
  file === 'tsconfig.json' ||
  LESSON.test(file) ||
  (LAYER.test(file) && mayBeMarked(file));

/** Generates step-NN-start and step-NN from HEAD; work tree, index and HEAD don't change. Each adds one commit to the
 * one before, so that they can be compared. @throws UserError when a step branch is checked out. */
export function stepBranches(root: string, { dryRun = false } = {}): StepBranch[] {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'branches-'));
  const git = (args: string[], input: string | Buffer = '', env: NodeJS.ProcessEnv = {}) =>
    execFileSync('git', args, { cwd: root, input, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 });
  const line = (...all: Parameters<typeof git>) =>
    git(...all)
      .toString()
      .trim();
  try {
    const busy = /^branch refs\/heads\/(step-\d\d(?:-start)?)$/m.exec(
      line(['worktree', 'list', '--porcelain']),
    );
    if (busy)
      throw new UserError(
        `${busy[1]} is checked out. Switch that work tree to another branch first.`,
        EXIT.usedWrongly,
      );
    const source = new Map<string, Entry>();
    for (const row of line(['ls-tree', '-rz', 'HEAD']).split('\0').filter(Boolean)) {
      const [about = '', file = ''] = row.split('\t');
      const [mode = '', , sha = ''] = about.split(' ');
      source.set(file, { mode, sha });
    }
    const wanted = [...source].filter(([file]) => isRead(file)).map(([, { sha }]) => sha);
    const texts = textsOf(git(['cat-file', '--batch'], `${wanted.join('\n')}\n`));
    const read = (file: string): string => texts.get(source.get(file)?.sha ?? '') ?? '';
    // Most texts are the same on several branches.
    const hash = memoize((text) => line(['hash-object', '-w', '--stdin'], text));
    const write = (text: string): Entry => ({ mode: '100644', sha: hash(text) });
    const home = homeOf(read('package.json'));
    const tree = (step: string, starter: boolean): string => {
      const files = new Map<string, Entry>();
      for (const [file, entry] of source) {
        const [, , layer = '', name = ''] = LAYER.exec(file) ?? [];
        if (name !== '' && layer <= step) {
          const text = read(file);
          const plain = mayBeMarked(name) ? unmark(text, { starter: starter && layer === step, file }) : text;
          files.set(name, { mode: entry.mode, sha: plain === text ? entry.sha : hash(plain) });
        } else if (SHARED.test(file)) files.set(file, entry);
        if (API.test(file)) files.set(file, write(unmark(read(file), { starter: false, file })));
        const own = /^steps\/(\d\d)-[^/]+\/(step\.yaml|test\/.+)$/.exec(file);
        if (own && (own[1] ?? '') <= step) files.set(file, entry);
        const lesson = LESSON.exec(file);
        if (lesson?.[1] === step)
          files.set('README.md', write(branchReadme(read(file), { step, starter, home })));
      }
      files.set('tsconfig.json', write(withRoot(read('tsconfig.json'))));
      files.set('package.json', write(manifest(read('package.json'), Number(step), starter)));
      const env = { GIT_INDEX_FILE: path.join(scratch, `${step}${starter}`) };
      const rows = [...files].map(([file, { mode, sha }]) => `${mode} ${sha}\t${file}\0`).join('');
      git(['update-index', '-z', '--index-info'], rows, env);
      return line(['write-tree'], '', env);
    };
    const steps = [...new Set([...source.keys()].flatMap((file) => LAYER.exec(file)?.[2] ?? []))].sort();
    let parent: string[] = [];
    const made: StepBranch[] = [];
    for (const [step, starter] of steps.flatMap((one) => [[one, true] as const, [one, false] as const])) {
      const name = `step-${step}${starter ? '-start' : ''}`;
      const who = { NAME: 'Call Your API', EMAIL: 'workshop@localhost', DATE: '2026-01-01T00:00:00Z' };
      const env = Object.fromEntries(
        Object.entries(who).flatMap(([key, value]) => [
          [`GIT_AUTHOR_${key}`, value],
          [`GIT_COMMITTER_${key}`, value],
        ]),
      );
      const description = `Step ${step}: ${starter ? 'where it begins' : 'the finished app'}\n`;
      const commit = line(['commit-tree', tree(step, starter), ...parent], description, env);
      const old = line(['for-each-ref', '--format=%(objectname)', `refs/heads/${name}`]);
      made.push({ name, commit, changed: old !== commit });
      parent = ['-p', commit];
    }
    const moves = made
      .filter(({ changed }) => changed)
      .map((one) => `update refs/heads/${one.name} ${one.commit}\n`);
    if (!dryRun) git(['update-ref', '--stdin'], moves.join(''));
    return made;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** By hash, what `git cat-file --batch` wrote: for each blob a line "HASH blob BYTES", its bytes, and a line end. */
function textsOf(batch: Buffer): Map<string, string> {
  const texts = new Map<string, string>();
  for (let at = 0; at < batch.length; ) {
    const begin = batch.indexOf('\n', at) + 1;
    const [sha = '', , bytes = ''] = batch.toString('latin1', at, begin).split(' ');
    const end = begin + Number(bytes);
    texts.set(sha, batch.toString('utf8', begin, end));
    at = end + 1;
  }
  return texts;
}

export function homeOf(packageJson: string): string {
  const { repository } = JSON.parse(packageJson) as { repository: { url: string } };
  return repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
}

/** The app is at the root, so the compiler includes it. */
function withRoot(tsconfig: string): string {
  const found = JSON.parse(tsconfig) as { include: string[] };
  return `${JSON.stringify({ ...found, include: ['*.ts', ...found.include] }, null, 2)}\n`;
}

/** Only scripts change, so the lock file remains valid. */
function manifest(text: string, step: number, starter: boolean): string {
  const found = JSON.parse(text) as { scripts: Record<string, string> };
  const { tenant = '', api = '', check = '', typecheck = '' } = found.scripts;
  const app = `${check} --app .`;
  const start = check.replace('main.ts check', 'branch-start.ts');
  const scripts = {
    start,
    tenant,
    api: step >= STEP_OF_API ? `${start} api` : api,
    check: `${app} ${step}`,
    test: starter ? (step === 1 ? `${check} 1 --list` : `${app} ${step - 1} --all`) : `${app} ${step} --all`,
    typecheck,
  };
  return `${JSON.stringify({ ...found, scripts }, null, 2)}\n`;
}
