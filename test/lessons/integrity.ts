import fs from 'node:fs';
import path from 'node:path';
import { commandLine } from '../../shared/lib/command-line';
import { out } from '../../shared/lib/terminal';
import { EXIT, runMain, UserError } from '../../shared/lib/user-error';
import { ROOT } from '../../shared/steps/layers';
import { npm } from '../support/npm';

/**
 * Completes package-lock.json: npm leaves out the checksums of packages for other systems, since it does not download them, where an
 * older lock file or a mirror does not have them. Without a checksum, npm on that system installs whatever it gets.
 */
export const COMMAND = 'node -r ./shared/lib/register.js test/lessons/integrity.ts';
const FILE = path.join(ROOT, 'package-lock.json');
/** What npm installed on this machine, and compared with the checksums as it did. */
const INSTALLED = path.join(ROOT, 'node_modules', '.package-lock.json');

/** What the lock file says of a package. */
export interface Locked {
  /** Where the folder has another name. */
  name?: string;
  version: string;
  integrity?: string;
  /** A folder of the repository itself. */
  link?: boolean;
}

type Packages = Record<string, Locked>;

/** The checksum of a package in npm's registry, as its metadata has it. */
export async function inRegistry(
  name: string,
  version: string,
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await npm(['view', `${name}@${version}`, 'dist.integrity'], { env });
  const integrity = stdout.trim();
  if (code === 0 && isSha512(integrity)) return integrity;
  const why = integrity || /^npm error (?:code )?(.*)$/m.exec(stderr)?.[1] || 'nothing';
  throw new UserError(`The registry does not give the checksum of ${name}@${version}: ${why}`);
}

/** Whether a lock file's checksum is a SHA-512: 64 bytes in base64. */
export const isSha512 = (integrity: string | undefined): boolean =>
  /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '');

/** The packages of a lock file by their places, without the workshop itself. */
export const packagesOf = (text: string): [place: string, locked: Locked][] =>
  Object.entries((JSON.parse(text) as { packages: Packages }).packages).filter(
    ([place, { link }]) => place !== '' && !link,
  );

export const nameOf = (place: string, { name }: Locked): string =>
  name ?? place.replace(/^.*node_modules\//, '');

/** Packages without an answer of the registry, with the reason of each. */
type Untold = string[];

/** A lock file with the checksums that it lacks, as far as the registry has them; each in npm's place, behind the version. */
export async function completed(text: string, ask = inRegistry): Promise<{ text: string; untold: Untold }> {
  const lock = JSON.parse(text) as { packages: Packages };
  const untold: Untold = [];
  for (const [place, locked] of packagesOf(text)) {
    if (isSha512(locked.integrity)) continue;
    const { name, version, integrity: _, ...rest } = locked;
    const integrity = await answer(place, locked, ask, untold);
    if (integrity)
      lock.packages[place] = { ...(name !== undefined && { name }), version, integrity, ...rest };
  }
  return { text: `${JSON.stringify(lock, null, 2)}\n`, untold };
}

/** Packages whose checksum in the registry is another one. Asked are those that are not installed here: npm compares the others itself. */
export async function different(
  text: string,
  installed: string,
  ask = inRegistry,
): Promise<{ wrong: string[]; untold: Untold }> {
  const here = new Set(packagesOf(installed).map(([place]) => place));
  const wrong: string[] = [];
  const untold: Untold = [];
  for (const [place, locked] of packagesOf(text)) {
    if (here.has(place)) continue;
    const integrity = await answer(place, locked, ask, untold);
    if (integrity && integrity !== locked.integrity) wrong.push(`${nameOf(place, locked)}@${locked.version}`);
  }
  return { wrong, untold };
}

async function answer(place: string, locked: Locked, ask: typeof inRegistry, untold: Untold) {
  try {
    return await ask(nameOf(place, locked), locked.version);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    untold.push(error.message);
    return undefined;
  }
}

if (require.main === module)
  runMain(async () => {
    const { check } = commandLine(COMMAND)
      .description('Completes the checksums in package-lock.json with those of the registry')
      .option('--check', 'compares the checksums of packages that are not installed here with the registry')
      .parse()
      .opts<{ check?: boolean }>();
    const before = fs.readFileSync(FILE, 'utf8');
    let found: { untold: Untold; wrong?: string[] };
    if (check) found = await different(before, fs.readFileSync(INSTALLED, 'utf8'));
    else {
      const { text, untold } = await completed(before);
      fs.writeFileSync(FILE, text);
      found = { untold };
    }
    const { wrong = [], untold } = found;
    const lines = [...wrong.map((one) => `The registry has another checksum of ${one}.`), ...untold];
    if (lines.length > 0) throw new UserError(lines.join('\n'), EXIT.notRightYet);
    out(check ? 'The registry has the same checksums.\n' : 'Every package has a checksum.\n');
  });
