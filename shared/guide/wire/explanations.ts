import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { memoize } from '../../lib/memoize';
import { own } from '../../lib/own';

/** Where a parameter is: the same name can have another meaning elsewhere. */
export type Place =
  | 'authorize'
  | 'callback'
  | 'token'
  | 'token answer'
  | 'revoke'
  | 'userinfo answer'
  | 'logout'
  | 'logged out'
  | 'error';

export interface Explained {
  purpose: string;
  source: { name: string; href: string };
}

type Texts = Record<string, Record<string, string>>;
let texts: Texts | undefined;

function explain(place: string, name: string): Explained | undefined {
  const file = path.join(__dirname, 'explanations.yaml');
  texts ??= parse(fs.readFileSync(file, 'utf8'), { merge: true }) as Texts;
  const text = own(texts[place] ?? {}, name);
  return text === undefined ? undefined : explained(text);
}

const explained = memoize((text): Explained => {
  const [, purpose = '', source = ''] = /^(.*) \[(.*)\]$/.exec(text) ?? [];
  return { purpose, source: sourceOf(source) };
});

/** A source as the file has it: "RFC 6749, 4.1", "Core 2, IDToken", "Auth0: audience, PAGE", "NAME, ADDRESS". */
function sourceOf(text: string): Explained['source'] {
  const [, about = '', place = ''] = /^(.*), (.*)$/.exec(text) ?? [];
  const [family = '', part = ''] = about.split(/ (.*)/);
  if (family === 'RFC')
    return {
      name: `${about}, section ${place}`,
      href: `https://www.rfc-editor.org/rfc/rfc${part}#section-${place}`,
    };
  if (family === 'Core') return openId(`OpenID Connect Core, section ${part}`, `core-1_0.html#${place}`);
  if (family === 'Logout')
    return openId(`RP-Initiated Logout, section ${part}`, `rpinitiated-1_0.html#${place}`);
  return { name: about, href: family === 'Auth0:' ? `https://auth0.com/docs/${place}` : place };
}

const openId = (name: string, page: string) => ({
  name,
  href: `https://openid.net/specs/openid-connect-${page}`,
});

/** The purpose of a parameter, with its source. @returns undefined for one that no standard defines. */
export const explainParameter = (place: Place, name: string): Explained | undefined =>
  explain(place, name) ?? explain('error', name);

/** The meaning of a token's claim; one with an address as its name is the tenant's own. */
export const explainClaim = (name: string): Explained | undefined =>
  explain('claim', name) ?? (/^https?:/.test(name) ? explain('custom claim', 'claim') : undefined);

export const explainJwtHeader = (name: string): Explained | undefined => explain('JWT header', name);

/** The purpose of a header that matters for a login or an API call; others are folded away. */
export const explainHeader = (name: string): Explained | undefined => explain('header', name);
