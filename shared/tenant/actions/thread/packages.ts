import fs from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import path from 'node:path';
import type { Script } from '../protocol';
import { noteMismatch, say, settings } from './running';

/** Parts of a require, e.g. `@scope/name@1.2.3/sub/path`; only the name is required. */
interface Wanted {
  name: string;
  version: string | undefined;
  /** Begins with a slash, or is empty. */
  subpath: string;
}

function parse(text: string): Wanted {
  const [, name = text, version, subpath = ''] =
    /^((?:@[^/@]+\/)?[^/@]+)(?:@([^/]*))?(\/.*)?$/.exec(text) ?? [];
  return { name, version: version || undefined, subpath };
}

/** `require` of a script: Node.js modules, and packages of the script's folder or the workshop. A Rule may name a
 * version, as on a real tenant; there many are installed, here one. */
export function requireFor(script: number): (name: unknown) => unknown {
  const { file, packages, kind } = settings.scripts[script] as Script;
  const places = [createRequire(file), createRequire(settings.root)];
  const hinted = new Set<string>();
  const hint = (text: string) => {
    if (!hinted.has(text)) say('hint', text, script);
    hinted.add(text);
  };
  return (given) => {
    if (typeof given !== 'string' || given === '') throw new TypeError('require needs the name of a package');
    if (/^[./]/.test(given))
      throw new Error(
        `cannot require ${given}: on a real tenant one ${kind} is one file; use a package, or copy the code`,
      );
    if (builtinModules.includes(given.replace(/^node:/, ''))) return require(given);
    const { name, version, subpath } = parse(given);
    if (builtinModules.includes(name)) return require(`${name}${subpath}`);
    const listed = packages?.find((one) => one.name === name);
    if (packages && !listed)
      hint(`requires ${name}, which a real tenant has only if it is listed under dependencies`);
    const from = places.find((place) => canResolve(place, `${name}${subpath}`));
    const installed = places.map((place) => versionIn(place, name)).find((one) => one !== undefined);
    const writtenFor = version ?? listed?.version;
    if (writtenFor !== undefined && installed !== undefined && differ(writtenFor, installed)) {
      const both = `${name} ${writtenFor} is what it was written for, and ${installed} is installed here`;
      noteMismatch(script, both);
      hint(`${both}: what it calls may be missing, or do something else`);
    }
    if (from) return from(`${name}${subpath}`);
    if (installed !== undefined)
      throw new Error(
        `cannot require ${given}: ${name} ${installed} is installed, and has no ${subpath.slice(1) || 'main file'}`,
      );
    const wanted = writtenFor === undefined ? name : `${name}@${writtenFor}`;
    throw new Error(
      `cannot find the package ${name}: run npm install ${wanted} in the folder of tenant.yaml`,
    );
  };
}

function canResolve(place: NodeJS.Require, name: string): boolean {
  try {
    place.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** From package.json, which `exports` may hide from require. */
function versionIn(place: NodeJS.Require, name: string): string | undefined {
  for (const folder of place.resolve.paths(name) ?? []) {
    try {
      const text = fs.readFileSync(path.join(folder, name, 'package.json'), 'utf8');
      return String((JSON.parse(text) as { version?: unknown }).version);
    } catch {
      // Try the next folder.
    }
  }
  return undefined;
}

/** Whether code for one version may break with the other (semver 2.0.0, items 4 and 8); never for `latest` and `*`.
 *  */
function differ(writtenFor: string, installed: string): boolean {
  const [wanted, present] = [writtenFor, installed].map((one) => /(\d+)(?:\.(\d+))?/.exec(one));
  if (!wanted || !present || wanted[1] !== present[1]) return wanted !== null && present !== null;
  return wanted[1] === '0' && wanted[2] !== undefined && wanted[2] !== present[2];
}
