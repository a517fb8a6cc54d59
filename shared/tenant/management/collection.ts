import type { Request, Router } from 'express';
import { textOf } from '../../lib/json';
import type { TenantConfig } from '../config/schema';
import { allow } from './access';
import type { Management } from './context';
import type { Draft, Entry } from './draft';
import { ManagementError } from './failure';
import type { Named } from './ids';
import { fields, page } from './page';
import { patch } from './patch';

/** Entries of a list in tenant.yaml with the usual five operations. @typeParam E an entry with its defaults. */
export interface Kind<E extends object> {
  /** In the URL, and in answers. */
  path: string;
  key: string;
  /** Of the scopes, e.g. read:clients. */
  area: string;
  noun: string;
  sections: readonly (keyof TenantConfig & string)[];
  sectionOf?: (body: Entry) => string;
  id(entry: E): string;
  /** Another name in URLs. */
  alsoNamed?: (entry: E) => string;
  /** Must be unique; undefined if nothing must. */
  unique?: (entry: E | Entry) => string;
  view(entry: E, req: Request): object;
  /** Default: `page`. */
  list?: typeof page;
  /** The tenant's own entries, in no file: read-only. */
  system?: () => E[];
  filter?: (req: Request) => (entry: E) => boolean;
  /** In a POST. */
  required: readonly string[];
  /** Not in a PATCH. */
  fixed: readonly string[];
  /** Objects that a PATCH merges. */
  merged?: readonly string[];
  /** Converts to the file's form; `before` is the changed entry. */
  incoming?: (body: Entry, draft: Draft, req: Request, before?: E, raw?: Entry) => Entry;
  /** Updates references elsewhere in the file. */
  renamed?: (draft: Draft, from: E, to: Entry) => void;
  deleted?: (draft: Draft, entry: E, req: Request) => void;
}

/** The parts of a kind that follow from its noun. */
export function called(noun: string) {
  const key = `${noun.replaceAll(' ', '_')}s`;
  return { noun, key, area: key, path: `/${key.replaceAll('_', '-')}` };
}

/** The parts of a kind whose ID follows from its name. */
export const named = (m: Management, noun: Named) => ({
  ...called(noun),
  id: ({ name }: { name: string }) => m.ids.of(noun, name),
  unique: ({ name }: { name?: unknown }) => textOf(name),
  renamed: (draft: Draft, { name }: { name: string }, to: Entry) =>
    draft.also(async () => m.ids.renamed(noun, name, textOf(to.name))),
});

export function collection<E extends object>(router: Router, m: Management, kind: Kind<E>): void {
  const { path, area } = kind;
  router.get(path, allow(`read:${area}`), (req, res) => {
    const fits = kind.filter?.(req) ?? (() => true);
    const all = [...entries(m.tenant().snapshot.config, kind), ...(kind.system?.() ?? [])].filter(fits);
    const views = all.map((entry) => viewOf(kind, entry, req));
    res.json((kind.list ?? page)(views, kind.key, req.query));
  });
  router.get(`${path}/:id`, allow(`read:${area}`), (req, res) => {
    res.json(fields<object>(req.query)(viewOf(kind, existing(m, kind, idIn(req)), req)));
  });
  router.post(path, allow(`create:${area}`), async (req, res) => {
    const body = bodyOf(req);
    if (body.id !== undefined) throw invalid('Additional properties not allowed: id');
    for (const name of kind.required)
      if (body[name] === undefined) throw invalid(`Missing required property: ${name}`);
    const made = await m.writer.change((draft) => {
      const section = kind.sectionOf?.(body) ?? (kind.sections[0] as string);
      const entry = kind.incoming?.(body, draft, req) ?? withoutNull(body);
      const name = kind.unique?.(entry);
      if (name !== undefined && entries(draft.config, kind).some((one) => kind.unique?.(one) === name))
        throw exists(kind, name);
      draft.section(section).push(entry);
      return entry;
    });
    res.status(201).json(viewOf(kind, newest(m, kind, made), req));
  });
  router.patch(`${path}/:id`, allow(`update:${area}`), async (req, res) => {
    const body = bodyOf(req);
    for (const name of kind.fixed)
      if (body[name] !== undefined) throw invalid(`Additional properties not allowed: ${name}`);
    await m.writer.change((draft) => {
      const { entry, raw } = inDraft(draft, kind, idIn(req));
      const changes = kind.incoming?.(body, draft, req, entry, raw) ?? body;
      const before = kind.unique?.(entry);
      patch(raw, entry, changes, kind.merged);
      const after = kind.unique?.({ ...entry, ...raw } as E);
      if (before !== after) {
        if (entries(draft.config, kind).some((one) => kind.unique?.(one) === after))
          throw exists(kind, textOf(after));
        kind.renamed?.(draft, entry, raw);
      }
    });
    res.json(viewOf(kind, existing(m, kind, idIn(req)), req));
  });
  router.delete(`${path}/:id`, allow(`delete:${area}`), async (req, res) => {
    await m.writer.change((draft) => {
      const found = findInDraft(draft, kind, idIn(req));
      if (!found) return;
      kind.deleted?.(draft, found.entry, req);
      const list = draft.section(found.section);
      list.splice(list.indexOf(found.raw), 1);
    });
    res.status(204).end();
  });
}

/** An ID in the file, from a real tenant, is not the one used here. */
function viewOf<E extends object>(kind: Kind<E>, entry: E, req: Request): object {
  const view = kind.view(entry, req);
  return 'id' in view ? { ...view, id: kind.id(entry) } : view;
}

export function entries<E extends object>(config: TenantConfig, kind: Kind<E>): E[] {
  return kind.sections.flatMap((section) => (config[section] ?? []) as E[]);
}

/** @throws ManagementError 404 */
export function existing<E extends object>(m: Management, kind: Kind<E>, id: string): E {
  const all = [...entries(m.tenant().snapshot.config, kind), ...(kind.system?.() ?? [])];
  const found = all.find((entry) => isCalled(kind, entry, id));
  if (!found) throw missing(kind);
  return found;
}

export interface InDraft<E> {
  entry: E;
  /** The same as in the file, to be changed. */
  raw: Entry;
  section: string;
}

/** @throws ManagementError 404 */
export function inDraft<E extends object>(draft: Draft, kind: Kind<E>, id: string): InDraft<E> {
  const found = findInDraft(draft, kind, id);
  if (!found) throw missing(kind);
  return found;
}

function findInDraft<E extends object>(draft: Draft, kind: Kind<E>, id: string): InDraft<E> | undefined {
  for (const section of kind.sections) {
    const list = (draft.config[section] ?? []) as E[];
    const at = list.findIndex((entry) => isCalled(kind, entry, id));
    const entry = list[at];
    if (entry) return { entry, raw: draft.section(section)[at] as Entry, section };
  }
  if (kind.system?.().some((entry) => isCalled(kind, entry, id)))
    throw new ManagementError(
      403,
      `This ${kind.noun} is the tenant’s own and cannot be changed.`,
      'operation_not_supported',
    );
  return undefined;
}

/** @throws ManagementError 400 for a body that is not a JSON object. */
export function bodyOf(req: Request): Entry {
  const body: unknown = req.body;
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw invalid('the body must be a JSON object');
  mustBePlain(body, 0);
  return body as Entry;
}

/** Nested levels, more than any setting has. */
const DEEPEST = 32;

/** @throws ManagementError for what tenant.yaml can't represent. */
function mustBePlain(value: unknown, depth: number): void {
  if (value === null || typeof value !== 'object') return;
  if (depth > DEEPEST) throw invalid(`has more than ${DEEPEST} levels of objects in one another`);
  for (const [key, one] of Object.entries(value)) {
    if (key === '__proto__') throw invalid('Additional properties not allowed: __proto__');
    mustBePlain(one, depth + 1);
  }
}

export const invalid = (message: string) =>
  new ManagementError(400, `Payload validation error: ${message}`, 'invalid_body');

export function idIn(req: Request, name = 'id'): string {
  return String(req.params[name]);
}

function isCalled<E extends object>(kind: Kind<E>, entry: E, id: string): boolean {
  return kind.id(entry) === id || kind.alsoNamed?.(entry) === id;
}

/** The new entry as the running tenant has it. */
function newest<E extends object>(m: Management, kind: Kind<E>, made: Entry): E {
  const all = entries(m.tenant().snapshot.config, kind);
  return (all.find((entry) => kind.unique?.(entry) === kind.unique?.(made)) ?? all.at(-1)) as E;
}

function missing({ noun }: { noun: string }): ManagementError {
  return new ManagementError(404, `The ${noun} does not exist.`, `inexistent_${noun.replaceAll(' ', '_')}`);
}

function exists({ noun }: { noun: string }, name: string): ManagementError {
  return new ManagementError(
    409,
    `A ${noun} with the same name or identifier already exists: ${name}`,
    'conflict',
  );
}

function withoutNull(body: Entry): Entry {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}
