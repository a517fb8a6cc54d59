import { own } from '../../lib/own';

export interface Scope {
  value: string;
  /** For people; may be empty. */
  description: string;
}

/** One line of the consent page, with its scopes. */
export interface ConsentLine {
  words: string;
  value: string;
}

/** OpenID Connect Core 1.0, section 5.4. */
const ABOUT_USER: Record<string, string> = {
  openid: 'Know who you are',
  profile: 'See your name and picture',
  email: 'See your e-mail address',
};
/** OpenID Connect Core 1.0, section 11. */
const OFFLINE = 'Go on doing this, without asking you to log in again';

/** Puts scopes into words by their names, like a real tenant: "Messages: read and write your messages".
 * @param useDescriptions the flag use_scope_descriptions_for_consent: each scope's description instead. */
export function consentWords(
  scopes: Scope[],
  useDescriptions: boolean,
): { aboutUser: ConsentLine[]; atApi: ConsentLine[]; offline: ConsentLine | undefined } {
  const ofApi = scopes.filter(
    ({ value }) => own(ABOUT_USER, value) === undefined && value !== 'offline_access',
  );
  return {
    aboutUser: scopes.flatMap(({ value }) => {
      const words = own(ABOUT_USER, value);
      return words === undefined ? [] : [{ value, words }];
    }),
    atApi: useDescriptions
      ? ofApi.map(({ value, description }) => ({ value, words: description || value }))
      : byResource(ofApi.map(({ value }) => value)),
    offline: scopes.some(({ value }) => value === 'offline_access')
      ? { value: 'offline_access', words: OFFLINE }
      : undefined,
  };
}

/** One line for each resource of action:resource; others stand for themselves. */
function byResource(scopes: string[]): ConsentLine[] {
  const actions = new Map<string, string[]>();
  const others: ConsentLine[] = [];
  for (const scope of scopes) {
    const [, action, resource] = /^([^:]+):([^:]+)$/.exec(scope) ?? [];
    if (action === undefined || resource === undefined) others.push({ value: scope, words: scope });
    else actions.set(resource, [...(actions.get(resource) ?? []), action]);
  }
  const lines = [...actions].map(([resource, list]) => {
    const name = resource.replace(/[_-]+/g, ' ');
    const title = name.charAt(0).toUpperCase() + name.slice(1);
    return {
      value: list.map((action) => `${action}:${resource}`).join(' '),
      words: `${title}: ${listed(list)} your ${name}`,
    };
  });
  return [...lines, ...others];
}

const listed = (words: string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
