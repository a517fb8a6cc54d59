import type { Router } from 'express';
import { textOf } from '../../../lib/json';
import { environmentName } from '../../config/names';
import type { Sections } from '../../config/scripts';
import { allow } from '../access';
import { bodyOf, idIn, invalid, type Kind, named } from '../collection';
import type { Management } from '../context';
import type { Entry } from '../draft';
import { flag } from '../page';
import { codeOf, writeCode } from './code';

export type Rule = Sections['rules'][number];

export function rules(m: Management): Kind<Rule> {
  const order = (rule: Rule) => rule.order ?? m.tenant().snapshot.config.rules.indexOf(rule) + 1;
  return {
    ...named(m, 'rule'),
    sections: ['rules'],
    view: (rule) => ({
      ...rule,
      id: m.ids.of('rule', rule.name),
      script: codeOf(m, rule.script),
      order: order(rule),
    }),
    filter: ({ query }) => {
      const enabled = flag(query, 'enabled');
      return (rule) => enabled === undefined || rule.enabled === enabled;
    },
    required: ['name', 'script'],
    fixed: ['id', 'stage'],
    incoming: (body, draft, _req, before) => {
      const rule: Entry = { ...body };
      if (typeof body.script === 'string')
        rule.script = writeCode(m, draft, body.script, {
          before: before?.script,
          folder: 'rules',
          name: textOf(before?.name ?? body.name),
        });
      // The file's order is the default.
      if (before && before.order == null && body.order === order(before)) delete rule.order;
      return rule;
    },
  };
}

/** Values are write-only, as on a real tenant. */
export function rulesConfigs(router: Router, m: Management): void {
  router.get('/rules-configs', allow('read:rules_configs'), (_req, res) => {
    res.json(m.tenant().snapshot.config.rulesConfigs.map(({ key }) => ({ key })));
  });
  router.put('/rules-configs/:key', allow('update:rules_configs'), async (req, res) => {
    const key = idIn(req, 'key');
    const { value } = bodyOf(req);
    if (typeof value !== 'string' || value === '') throw invalid("'value' must be a text");
    await m.writer.change((draft) => {
      const list = draft.section('rulesConfigs');
      const before = list.find((one) => one.key === key);
      const secret = draft.secret(`RULES_CONFIG_${environmentName(key)}`, value, before?.value);
      if (before) before.value = secret;
      else list.push({ key, value: secret });
    });
    res.json({ key, value });
  });
  router.delete('/rules-configs/:key', allow('delete:rules_configs'), async (req, res) => {
    await m.writer.change((draft) => {
      const list = draft.section('rulesConfigs');
      const at = list.findIndex((one) => one.key === idIn(req, 'key'));
      if (at >= 0) list.splice(at, 1);
      if (list.length === 0) delete draft.raw.rulesConfigs;
    });
    res.status(204).end();
  });
}
