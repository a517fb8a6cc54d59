/** Characters that an error description may have: it stands in headers and addresses too. */
const LONGEST = 400;
/** RFC 6749, sections 4.1.2.1 and 5.2, and RFC 6750, section 3: %x20-21 / %x23-5B / %x5D-7E. */
const ALLOWED = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/**
 * A text as `error` and `error_description` may have it, in JSON, in an address and in a WWW-Authenticate header. A double quote becomes
 * a single one; every other character that is not allowed is percent-encoded (UTF-8); what is too long ends in "...".
 *
 * @param text may hold what a request sent.
 */
export function errorText(text: string): string {
  if (text.length <= LONGEST && ALLOWED.test(text)) return text;
  // Cut first: the work stays small, however much was sent.
  const cut = text
    .slice(0, LONGEST + 1)
    .replace(/["“”]/g, "'")
    .replace(/[‘’]/g, "'");
  const encoded = cut.replace(/[^\x20-\x5b\x5d-\x7e]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
  if (encoded.length <= LONGEST) return encoded;
  return `${encoded.slice(0, LONGEST - 3).replace(/%.?$/, '')}...`;
}

/** What a WWW-Authenticate header says beside the realm (RFC 6750, section 3). */
export interface Challenge {
  error?: string | undefined;
  error_description?: string | undefined;
  scope?: string | undefined;
}

/** The value of a WWW-Authenticate header (RFC 6750, section 3). */
export function bearerChallenge(realm: string, { error, error_description, scope }: Challenge = {}): string {
  const parts = Object.entries({ realm, error, error_description, scope })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${errorText(String(value))}"`);
  return `Bearer ${parts.join(', ')}`;
}

/** The members of an OAuth error answer that may hold what a request sent, as they may be sent back. `state` is sent back exactly. */
export function plainError<T extends object>(answer: T): T {
  const changed = ERROR_MEMBERS.flatMap((name) => {
    const value = (answer as Record<string, unknown>)[name];
    return typeof value === 'string' ? [[name, errorText(value)]] : [];
  });
  return { ...answer, ...Object.fromEntries(changed) };
}

/** `scope` comes with invalid_scope: the one that was sent. */
export const ERROR_MEMBERS = ['error', 'error_description', 'scope'] as const;
