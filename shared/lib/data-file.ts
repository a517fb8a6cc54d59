import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { diskTrouble } from './disk-trouble';
import { rename, rm } from './held';
import { makesNoLinks } from './no-links';
import { UserError } from './user-error';

/** The owner of the files, for messages. */
export interface Owner {
  name: string;
  /** What to do about a damaged file. */
  mend: string;
}

const TENANT: Owner = {
  name: 'The tenant',
  mend: 'Start the tenant with --reset to make new keys and secrets (log-ins and .env files made with the old ones end).',
};

/** A file's value, made when the file does not exist. Of several processes that start at once, the first makes it
 * and all read it. @throws UserError when the file is damaged or the file system refuses. */
export async function readOrCreate<T>(
  file: string,
  schema: z.ZodType<T>,
  make: () => Promise<T>,
  owner = TENANT,
): Promise<T> {
  let text: string | undefined = await read(file);
  // A disk that was full leaves an empty file.
  if (text?.trim() === '') await usable(path.dirname(file), () => rm(file, { force: true }), owner);
  if (text === undefined || text.trim() === '') {
    const made = await make();
    await usable(path.dirname(file), () => createWhole(file, made), owner);
    text = (await read(file)) ?? '';
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${file} is damaged. ${owner.mend}`);
  }
}

/** Does nothing when the file exists by now: the first of two starters wins, and both read its file. */
async function createWhole(file: string, value: unknown): Promise<void> {
  const temporary = await writeBeside(file, json(value));
  try {
    await fs.link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    if (!makesNoLinks(error)) throw error;
    // No links on this file system (exFAT, some shares). Two that start at once there may disagree, but no file is half
    // written; the next start finds them agreed.
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Replaces a file's value completely or not at all. */
export async function replaceWhole(file: string, value: unknown): Promise<void> {
  await replaceText(file, json(value));
}

/** The same for a file that is no JSON. */
export async function replaceText(file: string, text: string): Promise<void> {
  await usable(path.dirname(file), async () => {
    const temporary = await writeBeside(file, text);
    await rename(temporary, file).catch(async (error: unknown) => {
      await rm(temporary, { force: true });
      throw error;
    });
  });
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

async function writeBeside(file: string, text: string): Promise<string> {
  const temporary = `${file}.${process.pid}.${crypto.randomBytes(4).toString('hex')}`;
  await fs.writeFile(temporary, text, { mode: 0o600, flag: 'wx' }).catch(async (error: unknown) => {
    await rm(temporary, { force: true });
    throw error;
  });
  return temporary;
}

/** @throws UserError when the file system refuses. */
export async function usable<T>(folder: string, act: () => Promise<T>, { name } = TENANT): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const trouble = diskTrouble(error);
    if (trouble && code !== 'EROFS')
      throw new UserError(`${folder} cannot be written: ${trouble}, then run the command again.`);
    throw new UserError(
      `${name} cannot keep its keys and secrets in ${folder}: ${message}\nName a folder that you can write to: --data DIR.`,
    );
  }
}
