import { own } from '../lib/own';

/** A secret as it may be shown: its beginning and its length. */
export function mask(secret: string): string {
  return secret.length <= 8 ? '…' : `${secret.slice(0, 4)}… (${secret.length} characters)`;
}

/** What names of secrets end with: client_secret, refresh_token, oldPassword, code_verifier, … */
const ENDINGS =
  /(secrets?|passwords?|passwd|pwd|passphrase|tokens?|assertion|verifier|apikey|privatekey|signingkey|decryptionkey|credentials?|cookies?|csrf|passwordhash)$/;
/** Names that say so as a whole. */
const NAMES = new Set(
  'code devicecode usercode oobcode bindingcode recoverycode otp idtokenhint jwt samlresponse requesturi authorization dpop setcookie'.split(
    ' ',
  ),
);
/** Names with such an ending that are none. */
const NONE = new Set(['maxtokens', 'refreshtokens', 'tokens']);

/**
 * Whether a name is that of something secret: access_token, accessToken and access-token are one name.
 *
 * @param at the path of the address, where that is known: what the Management API calls `code` is the code of an Action.
 */
export function isSecretName(name: string, at = ''): boolean {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  if (plain === 'code' && isManagement(at)) return false;
  return NAMES.has(plain) || (ENDINGS.test(plain) && !NONE.has(plain));
}

const isManagement = (at: string): boolean => at.startsWith('/api/v2/');

/** Members that are secret at one address only, whose name does not say so; all of them where there is no name. */
const AT: [path: RegExp, name: string | undefined][] = [
  [/^\/api\/v2\/rules-configs\//, 'value'],
  [/^\/api\/v2\/hooks\/[^/]+\/secrets$/, undefined],
];

/** Within something secret: what only says what it is. */
const ABOUT = new Set(['name', 'id', 'key', 'type', 'algorithm', 'encoding', 'position', 'subject']);

/**
 * A value of parsed JSON with its secrets replaced. Below a name of a secret, as in `secrets: [{ name, value }]` or
 * `custom_password_hash: { algorithm, hash: { value } }`, every text and number is one.
 *
 * @param hide what stands in place of a secret.
 * @param at the path of the address to which it was sent, or which answered it.
 * @param inside what stands in place of a text whose name is not that of a secret.
 */
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

/** The scheme of an Authorization header and what follows it; without a scheme that is one, all of it is a credential. */
export function authorizationParts(value: string): { scheme: string; credentials: string } {
  const [scheme = '', ...rest] = value.trim().split(/\s+/);
  const isScheme =
    /^[A-Za-z][A-Za-z0-9-]{0,19}$/.test(scheme) && (rest.length > 0 || own(SCHEMES, scheme.toLowerCase()));
  return isScheme ? { scheme, credentials: rest.join(' ') } : { scheme: '', credentials: value.trim() };
}

/** Schemes that may stand alone, as where a program forgets its token. */
const SCHEMES: Record<string, true> = { basic: true, bearer: true, dpop: true, digest: true };
