import { own } from '../lib/own';

/** The visible form of a secret: its beginning and its length. */
export function mask(secret: string): string {
  return secret.length <= 8 ? '…' : `${secret.slice(0, 4)}… (${secret.length} characters)`;
}

/** Endings of names of secrets: client_secret, refresh_token, oldPassword, code_verifier, … */
const ENDINGS =
  /(secrets?|passwords?|passwd|pwd|passphrase|tokens?|assertion|verifier|apikey|privatekey|signingkey|decryptionkey|credentials?|cookies?|csrf|passwordhash)$/;
/** Complete names of secrets. */
const NAMES = new Set(
  'code devicecode usercode oobcode bindingcode recoverycode otp idtokenhint jwt samlresponse requesturi authorization dpop setcookie'.split(
    ' ',
  ),
);
/** Names with such an ending that are no secrets. */
const NONE = new Set(['maxtokens', 'refreshtokens', 'tokens']);

/** Whether a name is that of a secret; access_token, accessToken and access-token are one name.
 * @param at the path of the address, if known: the Management API's `code` is the code of an Action. */
export function isSecretName(name: string, at = ''): boolean {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  if (plain === 'code' && isManagement(at)) return false;
  return NAMES.has(plain) || (ENDINGS.test(plain) && !NONE.has(plain));
}

const isManagement = (at: string): boolean => at.startsWith('/api/v2/');

/** Members that are secret at one address only; all members if there is no name. */
const AT: [path: RegExp, name: string | undefined][] = [
  [/^\/api\/v2\/rules-configs\//, 'value'],
  [/^\/api\/v2\/hooks\/[^/]+\/secrets$/, undefined],
];

/** Members of a secret that only describe it. */
const ABOUT = new Set(['name', 'id', 'key', 'type', 'algorithm', 'encoding', 'position', 'subject']);

/** Parsed JSON with `hide` applied to secrets and `inside` to other texts. All texts and numbers below a secret's name
 * are secret, as in `secrets: [{ name, value }]`. @param at the path of the request. */
export function maskJson(
  value: unknown,
  hide: (secret: string) => string,
  at = '',
  inside: (text: string) => string = (text) => text,
): unknown {
  const special = AT.find(([path]) => path.test(at));
  const isSecretHere = (name: string): boolean =>
    isSecretName(name, at) || (special !== undefined && (special[1] ?? name) === name);
  const walk = (one: unknown, secret: boolean): unknown => {
    if (Array.isArray(one)) return one.map((item) => walk(item, secret));
    if (typeof one === 'object' && one !== null)
      return Object.fromEntries(
        Object.entries(one).map(([name, member]) => {
          const named = isSecretHere(name);
          return [name, walk(member, named || (secret && !ABOUT.has(name)))];
        }),
      );
    const isText = typeof one === 'string' && one !== '';
    if (secret && (isText || typeof one === 'number')) return hide(String(one));
    return isText ? inside(one) : one;
  };
  return walk(value, false);
}

/** The scheme and credentials of an Authorization header; without a known scheme all of it is a credential. */
export function authorizationParts(value: string): { scheme: string; credentials: string } {
  const [scheme = '', ...rest] = value.trim().split(/\s+/);
  const isScheme =
    /^[A-Za-z][A-Za-z0-9-]{0,19}$/.test(scheme) && (rest.length > 0 || own(SCHEMES, scheme.toLowerCase()));
  return isScheme ? { scheme, credentials: rest.join(' ') } : { scheme: '', credentials: value.trim() };
}

/** Schemes that may occur alone, when a program forgets its token. */
const SCHEMES: Record<string, true> = { basic: true, bearer: true, dpop: true, digest: true };
