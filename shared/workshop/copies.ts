import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { attempt } from '../lib/attempt';
import { renameSync, rmSync } from '../lib/held';
import { UserError } from '../lib/user-error';
import { naming } from '../lib/write-whole';
import { filesIn } from './files';
import { myApp, myAppData } from './my-app';
import type { Progress } from './progress';

const aboutFile = z.object({
  before: z.string(),
  at: z.string(),
  /** The step of my-app/, and what was done. */
  step: z.int().optional(),
  passed: z.record(z.string(), z.string()).default({}),
  caughtUp: z.array(z.int()).default([]),
  /** The copy that `undo` restored after making this one. */
  undid: z.int().optional(),
  /** Symbolic links by path, since not every system can make them. */
  links: z.record(z.string(), z.string()).default({}),
});

/** my-app/ before a command changed it: plain files in a folder. */
export interface Copy extends z.output<typeof aboutFile> {
  id: number;
  folder: string;
}

const copiesFolder = () => path.join(myAppData(), 'copies');

/** Copies my-app/, without what npm installed, completely or not at all. */
export function takeCopy(
  about: Pick<Copy, 'before' | 'passed' | 'caughtUp'> & {
    step?: number | undefined;
    undid?: number | undefined;
  },
): Copy {
  const beside = path.join(copiesFolder(), `.new-${process.pid}-${randomBytes(4).toString('hex')}`);
  const links = new Map<string, string>();
  try {
    fs.mkdirSync(path.join(beside, 'app'), { recursive: true });
    for (const { file, link } of filesIn(myApp())) {
      if (link !== undefined) {
        links.set(file, link);
        continue;
      }
      const to = path.join(beside, 'app', file);
      fs.mkdirSync(path.dirname(to), { recursive: true });
      fs.copyFileSync(path.join(myApp(), file), to, fs.constants.COPYFILE_FICLONE);
    }
    const written = JSON.parse(
      JSON.stringify({ ...about, at: new Date().toISOString(), links: Object.fromEntries(links) }),
    );
    const description = path.join(beside, 'about.yaml');
    naming(description, () => fs.writeFileSync(description, stringify(written)));
    const id = (listCopies().at(-1)?.id ?? 0) + 1;
    const folder = path.join(copiesFolder(), String(id).padStart(4, '0'));
    renameSync(beside, folder);
    return { ...aboutFile.parse(written), id, folder: path.join(folder, 'app') };
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw error;
  }
}

/** All copies, oldest first. */
export function listCopies(): Copy[] {
  let names: string[] = [];
  try {
    names = fs.readdirSync(copiesFolder()).filter((name) => /^\d{4,}$/.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return names
    .map((name) => {
      const folder = path.join(copiesFolder(), name);
      return { ...readAbout(folder), id: Number(name), folder: path.join(folder, 'app') };
    })
    .sort((a, b) => a.id - b.id);
}

/** With a damaged note the files can still be restored. */
function readAbout(folder: string): z.output<typeof aboutFile> {
  const found = attempt(() => parse(fs.readFileSync(path.join(folder, 'about.yaml'), 'utf8')) as unknown);
  const unknown = () => ({ before: 'not known', at: fs.statSync(folder).mtime.toISOString() });
  return aboutFile.safeParse(found).data ?? aboutFile.parse(unknown());
}

/** @throws UserError when there is no such copy. */
export function findCopy(id: number): Copy {
  const found = listCopies().find((copy) => copy.id === id);
  if (!found) throw new UserError(`There is no copy ${id}. See them with: npm run workshop undo -- --list`);
  return found;
}

/** The copy that the next `undo` restores: the one before the last restored copy, or the same one if that undo was
 * killed. @param progress the copies of the last command that ended, and of one that did not. */
export function nextUndo({
  finished,
  unfinished,
}: Pick<Progress, 'finished' | 'unfinished'>): Copy | undefined {
  const copies = listCopies();
  const last = copies.at(-1);
  if (last?.undid === undefined) return last;
  const { undid } = last;
  const killed = unfinished?.copy === last.id || (finished !== undefined && finished !== last.id);
  if (killed) return copies.find(({ id }) => id === undid);
  return copies.findLast(({ id, undid: other }) => id < undid && other === undefined);
}

/** Whether a copy has the current bytes, or the current link, of a path. */
export function isInCopy(copy: Copy, file: string): boolean {
  const now = path.join(myApp(), file);
  const stat = fs.lstatSync(now, { throwIfNoEntry: false });
  if (!stat) return true;
  if (stat.isSymbolicLink()) return copy.links[file] === fs.readlinkSync(now);
  if (!stat.isFile()) return false;
  const copied = path.join(copy.folder, file);
  return fs.existsSync(copied) && fs.readFileSync(copied).equals(fs.readFileSync(now));
}
