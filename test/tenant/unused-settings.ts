import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../shared/steps/layers';
import { OPTIONS } from '../../shared/tenant/config/connections';
import { tenantConfig } from '../../shared/tenant/config/schema';
import {
  later,
  laterText,
  notHere,
  notRequiredHere,
  OTHER_APP_TYPES,
  OTHER_GRANT_TYPES,
} from '../../shared/tenant/config/vocabulary';

/** Brings the table of docs/real-tenant.md up to date. */
export const COMMAND = 'node -r ./shared/lib/register.js test/tenant/unused-settings.ts';
export const DOC = path.join(ROOT, 'docs', 'real-tenant.md');
const TENANT = path.join(ROOT, 'shared', 'tenant');

/** Values of settings that are read otherwise. */
const VALUES_WITHOUT_EFFECT: ReadonlySet<string> = new Set([...OTHER_APP_TYPES, ...OTHER_GRANT_TYPES]);

const REFUSED: ReadonlySet<unknown> = new Set([notHere, notRequiredHere]);

/** What an object, or a setting with some values, in tenant.yaml accepts and does nothing with. */
interface Accepted {
  withoutEffect: string[];
  refused: string[];
  /** Whether keys that the schema does not know are accepted too. */
  anything: boolean;
  /** The keys that it reads. */
  read: string[];
}

/** A schema of zod, as far as it is looked into here. */
interface Schema {
  def: {
    type: string;
    innerType?: Schema;
    element?: Schema;
    options?: Schema[];
    in?: Schema;
    out?: Schema;
    shape?: Record<string, Schema>;
    catchall?: Schema;
    /** Of an enumeration. */
    entries?: Record<string, string>;
  };
}

/** Every object of tenant.yaml by its path, without those of which all is read. */
export function accepted(): Map<string, Accepted> {
  const found = new Map<string, Accepted>();
  look(tenantConfig as unknown as Schema, '', found);
  for (const [strategy, options] of Object.entries(OPTIONS))
    look(options as unknown as Schema, `connections.options (${strategy})`, found);
  // Their options are those of the strategies.
  found.delete('connections.options');
  return new Map(
    [...found].filter(([, one]) => one.anything || one.withoutEffect.length + one.refused.length > 0),
  );
}

function look(schema: Schema, at: string, found: Map<string, Accepted>): void {
  const { innerType, element, options = [], shape, catchall, entries = {}, ...both } = schema.def;
  const idle = Object.values(entries).filter((value) => VALUES_WITHOUT_EFFECT.has(value));
  if (idle.length > 0) found.set(at, { withoutEffect: idle, refused: [], anything: false, read: [] });
  for (const inside of [innerType, element, both.in, both.out, ...options])
    if (inside) look(inside, at, found);
  if (!shape) return;
  const one = found.get(at) ?? { withoutEffect: [], refused: [], anything: false, read: [] };
  found.set(at, one);
  if (catchall?.def.type === 'unknown') one.anything = true;
  for (const [key, value] of Object.entries(shape)) {
    if (REFUSED.has(value)) one.refused.push(key);
    else if ((value as unknown) === later || (value as unknown) === laterText || !isRead(key, value))
      one.withoutEffect.push(key);
    else {
      one.read.push(key);
      look(value, at === '' ? key : `${at}.${key}`, found);
    }
  }
}

/** Whether the tenant's code names a key; one with a single right value has done its work when the others were refused. */
function isRead(key: string, schema: Schema): boolean {
  return withoutDefault(schema).def.type === 'literal' || new RegExp(`\\b${key}\\b`).test(code());
}

const withoutDefault = (schema: Schema): Schema =>
  schema.def.innerType ? withoutDefault(schema.def.innerType) : schema;

let source: string | undefined;

/**
 * All of the tenant's code but the schemas and their types, in which a key is accepted and not yet read, and the Management API, which hands on
 * whatever the file has.
 */
function code(): string {
  const schemas = /config[\\/](schema|connections|vocabulary|actions|edit)\.ts$|^management[\\/]/;
  source ??= fs
    .readdirSync(TENANT, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts') && !schemas.test(file))
    .map((file) => withoutComments(fs.readFileSync(path.join(TENANT, file), 'utf8')))
    .join('\n');
  return source;
}

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

const HEAD = '| in tenant.yaml | accepted, without effect | refused |\n| --- | --- | --- |\n';
const TABLE = /^\| in tenant\.yaml +\| accepted.*\n\| -.*\n(?:\|.*\n)*/m;
const names = (list: string[]) =>
  list
    .toSorted()
    .map((one) => `\`${one}\``)
    .join(', ');

/** The table as it must be. */
export function acceptedTable(): string {
  const rows = [...accepted()].map(([at, { withoutEffect, refused, anything }]) => {
    const all = [names(withoutEffect), anything ? 'all other settings' : ''].filter(Boolean).join(', ');
    return `| ${at === '' ? 'sections' : `\`${at}\``} | ${all} | ${names(refused)} |\n`;
  });
  return HEAD + rows.join('');
}

/** The table that the page has now; undefined when it has none. */
export const tableIn = (text: string): string | undefined => TABLE.exec(text)?.[0];

if (require.main === module) {
  const text = fs.readFileSync(DOC, 'utf8');
  fs.writeFileSync(
    DOC,
    text.replace(TABLE, () => acceptedTable()),
  );
}
