/** The most characters of an error description: headers and addresses contain it. */
const LONGEST = 400;
/** RFC 6749, sections 4.1.2.1 and 5.2, and RFC 6750, section 3: %x20-21 / %x23-5B / %x5D-7E. */
const ALLOWED = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** A text as `error` and `error_description` may have it in JSON, addresses and headers: a double quote becomes a
 * single one, other characters that are not allowed are percent-encoded (UTF-8), a long text ends in "...". */
export function errorText(text: string): string {
  if (text.length <= LONGEST && ALLOWED.test(text)) return text;
  // Shortened first, so that the work is small for any input.
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

/** What a WWW-Authenticate header contains beside the realm (RFC 6750, section 3). */
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

/** Escapes the members of an OAuth error answer that may contain request data; `state` is returned exactly. */
export function plainError<T extends object>(answer: T): T {
  const changed = ERROR_MEMBERS.flatMap((name) => {
    const value = (answer as Record<string, unknown>)[name];
    return typeof value === 'string' ? [[name, errorText(value)]] : [];
  });
  return { ...answer, ...Object.fromEntries(changed) };
}

/** `scope` comes with invalid_scope and is the one of the request. */
export const ERROR_MEMBERS = ['error', 'error_description', 'scope'] as const;
