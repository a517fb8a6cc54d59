import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { renameSync, rmSync } from '../lib/held';
import { makesNoLinks } from '../lib/no-links';
import { err } from '../lib/terminal';
import { UserError } from '../lib/user-error';
import { naming } from '../lib/write-whole';
import { type Copy, isInCopy, takeCopy } from './copies';
import { myApp, myAppData } from './my-app';
import { type Progress, progressPath, progressText, readProgress, writeProgress } from './progress';
import { HalfChanged } from './refused-by-disk';
import { withFirstTask } from './task-times';

export type Content = { text: string } | { from: string } | { link: string };

export interface Change {
  write: Map<string, Content>;
  remove: string[];
}

/** Copies my-app/, writes the new files beside it, so that a full disk is met first, then renames each. Only bytes that
 * the copy has are replaced; a killed command is noted in the progress file. @param undid the copy to restore. */
export function changeMyApp(
  command: string,
  plan: () => { change: Change; progress: (before: Progress) => Progress },
  undid?: number,
): Copy {
  const before = readProgress();
  const { step, passed, caughtUp } = before;
  const copy = takeCopy({ before: command, step, passed, caughtUp, undid });
  const { change, progress } = plan();
  const staged = path.join(myAppData(), `.staged-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    for (const file of [...change.write.keys(), ...change.remove]) mayChange(copy, file);
    const made = stage(staged, change);
    // The last check was of another app.
    const { unfinished: _, inHand: __, lastCheck: ___, ...after } = progress(before);
    fs.mkdirSync(staged, { recursive: true });
    const { begun } = withFirstTask(after, copy.at);
    const text = progressText({ ...after, begun, since: copy.at, finished: copy.id });
    naming(progressPath(), () => fs.writeFileSync(path.join(staged, '.progress'), text));
    writeProgress({ ...before, unfinished: { command, copy: copy.id } });
    try {
      for (const file of made) put(path.join(staged, file), file, copy);
      for (const file of change.remove) takeAway(file, copy);
      renameSync(path.join(staged, '.progress'), progressPath());
    } catch (cause) {
      throw new HalfChanged(copy, { cause });
    }
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
  return copy;
}

/** @returns the paths of the staged files. */
function stage(staged: string, { write }: Change): string[] {
  return [...write].flatMap(([file, content]) => {
    const to = path.join(staged, file);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    if ('text' in content) naming(to, () => fs.writeFileSync(to, content.text));
    else if ('from' in content) fs.copyFileSync(content.from, to, fs.constants.COPYFILE_FICLONE);
    else if (linkAt(file) === content.link || !madeLink(content.link, to, file)) return [];
    return [file];
  });
}

/** The target of a symbolic link in my-app/; undefined when there is none. */
function linkAt(file: string): string | undefined {
  const at = path.join(myApp(), file);
  return fs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() ? fs.readlinkSync(at) : undefined;
}

/** Where the disk makes no links, the rest of the command is still useful. */
function madeLink(link: string, to: string, file: string): boolean {
  try {
    fs.symlinkSync(link, to);
    return true;
  } catch (error) {
    if (!makesNoLinks(error)) throw error;
    err(
      `my-app/${file} was a symbolic link to ${link}. This disk or your account does not allow symbolic links, so the link was not created again.\n`,
    );
    return false;
  }
}

/** @throws UserError when the change would lose something that the copy does not have. */
function mayChange(copy: Copy, file: string): void {
  const parts = file.split('/');
  for (let i = 1; i < parts.length; i++) {
    const folder = parts.slice(0, i).join('/');
    const stat = fs.lstatSync(path.join(myApp(), folder), { throwIfNoEntry: false });
    if (stat && !stat.isDirectory())
      throw new UserError(
        `my-app/${folder} is ${stat.isSymbolicLink() ? 'a link to another place' : 'a file'}, where the lesson has a folder. Nothing was changed. Move it away, then try again.`,
      );
  }
  if (fs.lstatSync(path.join(myApp(), file), { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(
      `my-app/${file} is a folder, where the lesson has a file. Nothing was changed. Move it away, then try again.`,
    );
  assertCopied(copy, file);
}

function assertCopied(copy: Copy, file: string): void {
  if (!isInCopy(copy, file))
    throw new UserError(
      `my-app/${file} was saved while the command ran, so it was left as it is. Run the command again.`,
    );
}

function put(from: string, file: string, copy: Copy): void {
  const target = path.join(myApp(), file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  assertCopied(copy, file);
  try {
    renameSync(from, target);
  } catch (error) {
    // my-app/ may be a link to another disk.
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const beside = `${target}.${process.pid}.new`;
    fs.copyFileSync(from, beside);
    renameSync(beside, target);
  }
}

function takeAway(file: string, copy: Copy): void {
  assertCopied(copy, file);
  rmSync(path.join(myApp(), file), { force: true });
  for (let folder = path.dirname(file); folder !== '.'; folder = path.dirname(folder)) {
    try {
      fs.rmdirSync(path.join(myApp(), folder));
    } catch {
      // The folder has other files.
      return;
    }
  }
}
