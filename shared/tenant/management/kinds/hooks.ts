import type { Router } from 'express';
import { textOf } from '../../../lib/json';
import { environmentName } from '../../config/names';
import type { Sections } from '../../config/scripts';
import { allow } from '../access';
import { bodyOf, existing, idIn, inDraft, invalid, type Kind, named } from '../collection';
import type { Management } from '../context';
import { type Draft, type Entry, isEntry } from '../draft';
import { codeOf, writeCode } from './code';

export type Hook = Sections['hooks'][number];

/** Replaces secrets in answers; auth0-deploy-cli knows it. */
const HIDDEN = '_VALUE_NOT_SHOWN_';

export function hooks(m: Management): Kind<Hook> {
  return {
    ...named(m, 'hook'),
    sections: ['hooks'],
    view: ({ secrets: _, active: __, ...hook }) => ({
      ...hook,
      id: m.ids.of('hook', hook.name),
      script: codeOf(m, hook.script),
    }),
    filter: ({ query }) => {
      const { triggerId } = query;
      return (hook) => triggerId === undefined || triggerId === hook.triggerId;
    },
    required: ['name', 'script', 'triggerId'],
    fixed: ['id', 'triggerId'],
    merged: ['secrets'],
    incoming: (body, draft, _req, before, raw) => {
      const hook: Entry = { ...body };
      const name = textOf(before?.name ?? body.name);
      if (typeof body.script === 'string')
        hook.script = writeCode(m, draft, body.script, { before: before?.script, folder: 'hooks', name });
      if (isEntry(body.secrets)) hook.secrets = hidden(draft, name, body.secrets, raw?.secrets);
      return hook;
    },
  };
}

/** Write-only. */
export function hookSecrets(router: Router, m: Management, kind: Kind<Hook>): void {
  router.get('/hooks/:id/secrets', allow('read:hooks'), (req, res) => {
    const names = Object.keys(existing(m, kind, idIn(req)).secrets);
    res.json(Object.fromEntries(names.map((name) => [name, HIDDEN])));
  });
  const set = async (id: string, given: Entry): Promise<void> => {
    await m.writer.change((draft) => {
      const { raw, entry } = inDraft(draft, kind, id);
      const before = isEntry(raw.secrets) ? raw.secrets : {};
      raw.secrets = { ...before, ...hidden(draft, entry.name, given, before) };
    });
  };
  router.post('/hooks/:id/secrets', allow('update:hooks'), async (req, res) => {
    await set(idIn(req), bodyOf(req));
    res.status(201).end();
  });
  router.patch('/hooks/:id/secrets', allow('update:hooks'), async (req, res) => {
    await set(idIn(req), bodyOf(req));
    res.status(200).end();
  });
  router.delete('/hooks/:id/secrets', allow('delete:hooks', 'update:hooks'), async (req, res) => {
    const names: unknown = req.body;
    if (!Array.isArray(names)) throw invalid('the body must be a list of names');
    await m.writer.change((draft) => {
      const { raw } = inDraft(draft, kind, idIn(req));
      if (isEntry(raw.secrets)) for (const name of names) delete raw.secrets[textOf(name)];
    });
    res.status(204).end();
  });
}

function hidden(draft: Draft, hook: string, given: Entry, before: unknown): Entry {
  const now = (before ?? {}) as Entry;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (typeof value !== 'string') throw invalid(`the secret ${name} must be a text`);
      return [name, draft.secret(environmentName(`${hook} ${name}`), value, now[name])];
    }),
  );
}
