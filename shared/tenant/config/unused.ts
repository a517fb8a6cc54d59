import { OPTIONS } from './connections';
import { SERVED_HOOK, SERVED_STAGE, SERVED_TRIGGERS } from './scripts';

export const placeOf = (at: readonly PropertyKey[]): string => JSON.stringify(at);

/** Settings that no request uses: of connections that the tenant does not serve, and of code that never runs.
 * @param file the raw value; wrong types count as used. @returns their paths, see `placeOf`. */
export function neverUsed(file: unknown): ReadonlySet<string> {
  const unused = new Set<string>();
  const add = (section: string, i: number, keys: string[]) => {
    for (const key of keys) unused.add(placeOf([section, i, key]));
  };
  for (const [i, { strategy }] of listed(file, 'connections').entries())
    if (typeof strategy === 'string' && !isDatabase(strategy) && !Object.hasOwn(OPTIONS, strategy))
      add('connections', i, ['options', 'enabled_clients']);
  const bound = boundActions(file);
  for (const [i, { name, deployed }] of listed(file, 'actions').entries())
    if ((deployed ?? false) === false || (typeof name === 'string' && !bound.has(name)))
      add('actions', i, ['secrets', 'dependencies']);
  for (const [i, { enabled, triggerId }] of listed(file, 'hooks').entries())
    if ((enabled ?? false) === false || (typeof triggerId === 'string' && triggerId !== SERVED_HOOK))
      add('hooks', i, ['secrets', 'dependencies']);
  const runs = ({ enabled, stage }: Entry) =>
    enabled !== false && (typeof stage !== 'string' || stage === SERVED_STAGE);
  if (!listed(file, 'rules').some(runs))
    for (const i of listed(file, 'rulesConfigs').keys()) unused.add(placeOf(['rulesConfigs', i]));
  return unused;
}

type Entry = Record<string, unknown>;

/** A database may be listed under connections. */
const isDatabase = (strategy: string) => strategy === 'auth0';

const member = (value: unknown, key: string): unknown =>
  value !== null && typeof value === 'object' && Object.hasOwn(value, key)
    ? (value as Entry)[key]
    : undefined;

function listed(file: unknown, key: string): Entry[] {
  const list = member(file, key);
  return Array.isArray(list) ? list.map((one) => (one !== null && typeof one === 'object' ? one : {})) : [];
}

/** Actions that a served trigger runs. */
function boundActions(file: unknown): Set<unknown> {
  const triggers = member(file, 'triggers');
  return new Set(
    SERVED_TRIGGERS.flatMap((trigger) => listed(triggers, trigger).map(({ action_name }) => action_name)),
  );
}
