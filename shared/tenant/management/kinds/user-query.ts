import { textOf } from '../../../lib/json';
import { own } from '../../../lib/own';
import { ManagementError } from '../failure';
import { wildcard } from './wildcard';

type Profile = Record<string, unknown>;

/** The common part of Auth0's user search: `email:"ann@example.com"`, `name:ann*`, with AND, OR and NOT. Without a
 * field: e-mail, name and nickname. @throws ManagementError 400 for other syntax, instead of finding too much. */
export function userFilter(q: string): (user: Profile) => boolean {
  if (q.trim() === '' || q.trim() === '*') return () => true;
  const alternatives = q.split(/(?<=\s)OR(?=\s)/).map((part) => part.split(/(?<=\s)AND(?=\s)/).map(term));
  return (user) => alternatives.some((all) => all.every((fits) => fits(user)));
}

function term(given: string): (user: Profile) => boolean {
  const found = /^\s*(NOT\s+|-)?(?:([\w.]+):)?(?:"([^"]*)"|([^\s"()[\]{}]+))\s*$/.exec(given);
  if (!found)
    throw new ManagementError(
      400,
      `The query is not understood here: ${given.trim()}. Use field:value, field:"value" and field:val* with AND, OR and NOT.`,
      'invalid_query_string',
    );
  const [, negated, field, quoted, word = ''] = found;
  const fits = wildcard(quoted ?? word);
  const paths = field ? [field] : ['email', 'name', 'nickname'];
  const matches = (user: Profile) =>
    paths.some((path) =>
      [valueAt(user, path)].flat(2).some((value) => value !== undefined && fits(textOf(value))),
    );
  return negated ? (user) => !matches(user) : matches;
}

const ownIn = (profile: Profile | null | undefined, key: string): unknown =>
  typeof profile === 'object' && profile !== null ? own(profile, key) : undefined;

/** `identities.connection` matches any identity. */
function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((one, key) => {
    if (Array.isArray(one)) return one.map((item: Profile | undefined) => ownIn(item, key));
    return ownIn(one as Profile | null | undefined, key);
  }, value);
}
