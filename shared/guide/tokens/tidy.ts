export interface Tidied {
  token: string;
  removed: string[];
}

/** Removes what is often copied with a token: header name, scheme, quotes, white space and line breaks. */
export function tidy(pasted: string): Tidied {
  const removed: string[] = [];
  let token = pasted;
  const replace = (next: string, what: string) => {
    if (next !== token) removed.push(what);
    token = next;
  };
  const take = (pattern: RegExp, what: string) => replace(token.replace(pattern, ''), what);
  replace(token.trim(), 'white space around it');
  take(/^["'`]*\s*authorization\s*:\s*/i, 'the name of the header, Authorization');
  take(/^["'`]?(?:access_token|id_token|refresh_token|logout_token)["'`]?\s*[:=]\s*/i, 'its name');
  take(/^["'`]*Bearer\s+/i, 'the scheme, Bearer: it belongs into the header before the token');
  take(/^["'`]+|(?<!["'`])["'`]*[,;]?$/g, 'quotes or a comma');
  take(/\s+/g, 'white space or line breaks within it');
  return { token, removed };
}
