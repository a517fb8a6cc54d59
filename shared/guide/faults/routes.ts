import { Router } from 'express';
import { type FaultyParty, inWords } from '../../faults/configuration';
import { writeFaults } from '../../faults/file';
import { TARGETS } from '../../faults/forgery-text';
import { KINDS, setFault } from '../../faults/set';
import { UserError } from '../../lib/user-error';
import type { Guide } from '../guide';
import { sendPage } from '../view';

const NAMES: Record<FaultyParty, string> = { tenant: 'The tenant', api: 'The API' };

/** What fails on purpose at the moment, for the notice on every page; undefined when nothing does. */
export function faultsInWords({ faults }: Guide): string | undefined {
  const now = faults.now();
  const sentences = (['tenant', 'api'] as const).flatMap((party) => {
    const words = inWords(now[party]);
    return words ? [`${NAMES[party]} ${words}.`] : [];
  });
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}

/** The number stands in a field of its own there: "answers MS milliseconds late" is "answers so many milliseconds late". */
const inTheForm = (means: string, value: string) =>
  (means.split(':')[0] ?? means)
    .replace(new RegExp(`\\b${value}\\b`), 'so many')
    .replace(/behind$/, 'a negative number sets it back');

const changeIn = ({ target = '', name = '', value = '' }: Record<string, string | undefined>) =>
  `${target}.${name}=${value}`;

/** Failure on purpose: the same as `npm run workshop faults`, and the tenant's signing keys. */
export function faultRoutes({ tenant, faults }: Guide): Router {
  const partyOf = (name: string): FaultyParty => {
    if (name === 'api' || (name === 'tenant' && tenant)) return name;
    const real = 'The workshop cannot make a real tenant fail.';
    throw new UserError(tenant ? 'Only the tenant and the API can have faults.' : real);
  };
  return (
    Router()
      .get('/weather', (_req, res) => res.redirect(308, '/faults'))
      .get('/faults', (_req, res) => {
        const now = faults.now();
        const parties = (['tenant', 'api'] as const)
          .filter((party) => party === 'api' || tenant)
          .map((party) => ({ party, name: NAMES[party], words: inWords(now[party]) ?? 'has no faults' }));
        const kinds = Object.entries(KINDS).flatMap(([name, { means }]) => {
          const [kind = '', value] = name.split(' ');
          return ['none', 'forge'].includes(kind)
            ? []
            : [{ kind, words: value ? inTheForm(means, value) : means }];
        });
        const frame = { title: 'Failure on purpose', place: 'tenant' } as const;
        const targets = [...TARGETS].map(([target, { words }]) => ({ target, words }));
        sendPage(res, 'faults', frame, { parties, kinds, targets, keys: tenant?.keys() });
      })
      // A page that was opened before an update sends its forms to the earlier addresses.
      .post(['/faults/none', '/weather/fine'], (_req, res) => {
        writeFaults({});
        faults.look();
        res.redirect(303, '/faults');
      })
      .post(['/faults/keys/:change', '/weather/keys/:change'], async (req, res) => {
        if (!tenant) throw new UserError('Rotate the keys of a real tenant in its Dashboard.');
        if (req.params.change === 'rotate') await tenant.rotateKeys();
        else await tenant.revokePreviousKey();
        res.redirect(303, '/faults#keys');
      })
      .post(['/faults/:party', '/weather/:party'], (req, res) => {
        const form = (req.body ?? {}) as Record<string, string | undefined>;
        const { kind, value, path, times, at } = form;
        const takesValue = Object.keys(KINDS).some((name) => name.startsWith(`${kind} `));
        const wanted = kind === 'forge' ? changeIn(form) : value;
        setFault(partyOf(String(req.params.party)), kind, takesValue ? wanted : undefined, {
          path: path || undefined,
          times: times || undefined,
          at: at || undefined,
        });
        faults.look();
        res.redirect(303, '/faults');
      })
  );
}
