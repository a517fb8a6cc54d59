import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { diskTrouble } from './disk-trouble';
import { rename, rm } from './held';
import { UserError } from './user-error';
import { createWhole } from './write-whole';

export interface Owner {
  name: string;
  /** What to do about a damaged file. */
  fix: string;
}

const TENANT: Owner = {
  name: 'The tenant',
  fix: 'Start the tenant with --reset to make new keys and secrets. Logins and .env files with the old ones become invalid.',
};

/** A file's value, made when the file does not exist. Of several processes that start at once, the first makes it
 * and all read it. @throws UserError when the file is damaged or the file system refuses. */
export async function readOrCreate<T>(
  file: string,
  schema: z.ZodType<T>,
  make: () => Promise<T>,
  owner = TENANT,
): Promise<T> {
  let text = await read(file);
  // A full disk leaves an empty file.
  if (!text?.trim()) {
    const made = json(await make());
    text = await usable(path.dirname(file), async () => createWhole(file, made, 0o600), owner);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${file} is damaged. ${owner.fix}`);
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
