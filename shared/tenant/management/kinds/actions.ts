import type { Router } from 'express';
import { textOf } from '../../../lib/json';
import { environmentName } from '../../config/names';
import { type Sections, TRIGGERS } from '../../config/scripts';
import { allow } from '../access';
import { entries, existing, idIn, inDraft, invalid, type Kind, named } from '../collection';
import type { Management } from '../context';
import { type Draft, type Entry, isEntry } from '../draft';
import { ManagementError } from '../failure';
import { countedPage } from '../page';
import { renameAction } from '../references';
import { codeOf, writeCode } from './code';

export type Action = Sections['actions'][number];

/** Code takes effect when saved; `deployed` only decides whether it may be bound. */
export function actions(m: Management): Kind<Action> {
  const common = named(m, 'action');
  return {
    ...common,
    path: '/actions/actions',
    sections: ['actions'],
    list: countedPage,
    view: (action) => actionView(m, action),
    filter: ({ query }) => {
      const { triggerId, actionName, deployed } = query;
      return ({ name, deployed: isDeployed, supported_triggers }) =>
        (triggerId === undefined || supported_triggers.some((one) => one.id === triggerId)) &&
        (actionName === undefined || actionName === name) &&
        (deployed === undefined || (deployed === 'true') === isDeployed);
    },
    required: ['name', 'supported_triggers'],
    fixed: ['id', 'deployed', 'status'],
    incoming: (body, draft, _req, before, raw) => {
      const action: Entry = { ...body };
      const name = before?.name ?? textOf(body.name);
      if (body.code !== undefined || !before) {
        if (typeof (body.code ?? '') !== 'string') throw invalid("'code' must be a text");
        const code = textOf(body.code ?? '');
        action.code = writeCode(m, draft, code, { before: before?.code, folder: 'actions', name });
      }
      if (body.secrets !== undefined) action.secrets = secrets(body.secrets, draft, name, raw?.secrets);
      return action;
    },
    renamed: (draft, action, to) => {
      renameAction(draft, action.name, textOf(to.name));
      common.renamed(draft, action, to);
    },
    deleted: (draft, action, { query }) => {
      const bound = Object.values(draft.config.triggers).some((list) =>
        list.some(({ action_name }) => action_name === action.name),
      );
      if (bound && query.force !== 'true')
        throw new ManagementError(
          409,
          `The action ${action.name} is bound to a trigger; unbind it, or delete it with force=true`,
          'action_bound',
        );
      renameAction(draft, action.name, undefined);
    },
  };
}

export function actionView(m: Management, { code, secrets: all, deployed, ...action }: Action): object {
  return {
    ...action,
    id: m.ids.of('action', action.name),
    code: codeOf(m, code),
    secrets: all.map(({ name }) => ({ name })),
    status: 'built',
    deployed,
    all_changes_deployed: deployed,
  };
}

/** Bindings have another form than in tenant.yaml. */
export function actionParts(router: Router, m: Management, kind: Kind<Action>): void {
  router.post('/actions/actions/:id/deploy', allow('update:actions'), async (req, res) => {
    await m.writer.change((draft) => {
      const { raw, entry } = inDraft(draft, kind, idIn(req));
      if (!entry.deployed) raw.deployed = true;
    });
    const action = existing(m, kind, idIn(req));
    res.status(202).json({ ...actionView(m, action), number: 1 });
  });
  const nameOf = (draft: Draft, ref: Entry): string => {
    const found = entries(draft.config, kind).find((action) =>
      ref.type === 'action_id' ? kind.id(action) === ref.value : action.name === ref.value,
    );
    if (!found)
      throw new ManagementError(404, `The action does not exist: ${textOf(ref.value)}`, 'inexistent_action');
    return found.name;
  };
  triggers(router, m, kind, nameOf);
}

function triggers(
  router: Router,
  m: Management,
  kind: Kind<Action>,
  nameOf: (draft: Draft, ref: Entry) => string,
): void {
  const bindings = (trigger: string) => {
    const { config } = m.tenant().snapshot;
    return (config.triggers[trigger] ?? []).flatMap(({ action_name, display_name }) => {
      const action = entries(config, kind).find(({ name }) => name === action_name);
      if (!action) return [];
      return [
        {
          id: m.ids.of('binding', `${trigger} ${action_name}`),
          trigger_id: trigger,
          display_name: display_name ?? action_name,
          action: { id: kind.id(action), name: action_name },
        },
      ];
    });
  };
  router.get('/actions/triggers', allow('read:actions', 'read:triggers'), (_req, res) => {
    res.json({ triggers: TRIGGERS.map((id) => ({ id, version: 'v1', status: 'CURRENT' })) });
  });
  router.get('/actions/triggers/:id/bindings', allow('read:actions', 'read:triggers'), (req, res) => {
    mustBeTrigger(idIn(req));
    res.json(countedPage(bindings(idIn(req)), 'bindings', req.query));
  });
  router.patch(
    '/actions/triggers/:id/bindings',
    allow('update:actions', 'update:triggers'),
    async (req, res) => {
      const trigger = idIn(req);
      mustBeTrigger(trigger);
      const wanted: unknown = (req.body as Entry | undefined)?.bindings;
      if (!Array.isArray(wanted)) throw invalid("'bindings' must be a list");
      await m.writer.change((draft) => {
        const now = draft.object('triggers');
        const before = (draft.config.triggers[trigger] ?? []) as Entry[];
        const next = wanted.map((one: Entry) => {
          if (!isEntry(one?.ref)) throw invalid("each binding must have a 'ref' with type and value");
          const action_name = nameOf(draft, one.ref);
          const display_name = one.display_name ?? action_name;
          const same = before.find(
            (binding) =>
              binding.action_name === action_name && (binding.display_name ?? action_name) === display_name,
          );
          return same ?? { action_name, display_name };
        });
        if (next.length > 0 || before.length > 0) now[trigger] = next;
        if (Object.keys(now).length === 0) delete draft.raw.triggers;
      });
      res.json({ bindings: bindings(trigger) });
    },
  );
}

function mustBeTrigger(id: string): void {
  if (!TRIGGERS.includes(id))
    throw new ManagementError(404, `The trigger does not exist: ${id}`, 'inexistent_trigger');
}

/** A secret without a value remains. */
function secrets(given: unknown, draft: Draft, action: string, before: unknown): Entry[] {
  if (!Array.isArray(given)) throw invalid("'secrets' must be a list");
  const now = (Array.isArray(before) ? before : []) as Entry[];
  return given.map((one: unknown) => {
    const { name, value } = (one ?? {}) as Entry;
    if (typeof name !== 'string') throw invalid("each secret must have a 'name'");
    const same = now.find((secret) => secret.name === name);
    if (typeof value !== 'string') return same ?? { name };
    return { name, value: draft.secret(environmentName(`${action} ${name}`), value, same?.value) };
  });
}
