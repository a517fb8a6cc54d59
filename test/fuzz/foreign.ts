import fc from 'fast-check';

/** Names that every object inherits, or that JavaScript, Express or JSON give a meaning. */
export const NAMES = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'toJSON',
  'hasOwnProperty',
  '__defineGetter__',
  'isPrototypeOf',
  'then',
  'length',
];

/** Names that the parties know: with a value that makes no sense they go further than unknown ones. */
const KNOWN =
  'client_id client_secret redirect_uri response_type response_mode scope audience resource state nonce code grant_type code_verifier code_challenge code_challenge_method refresh_token token id_token id_token_hint access_token prompt max_age login_hint connection request request_uri claims error error_description iss returnTo post_logout_redirect_uri logout_token SAMLRequest SAMLResponse RelayState session_token email password decision seen show login check before secrets part filter name title startsAt q fields page per_page kind value path times identifier callbacks enabled_clients options strategy permissions permission_name resource_server_identifier scopes secrets supported_triggers script triggerId user_metadata app_metadata roles users bindings ref id type blocked user_id grant_types'.split(
    ' ',
  );

/** What costs a careless expression or a recursive walk its time or its stack; about 60 kB each. */
const DEEP = 30_000;
/** 60 kB. */
export const DEEP_JSON = `{"a":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`;
const HEAVY = [
  DEEP_JSON,
  '['.repeat(DEEP) + ']'.repeat(DEEP),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  '['.repeat(60_000),
  `${' '.repeat(60_000)}x`,
  `${'"'.repeat(60_000)}x`,
  'a'.repeat(60_000),
  '-eyJ'.repeat(15_000),
  '-eyJaaaaaa.'.repeat(5_000),
  'https://a/?b&'.repeat(4_000),
  `${'='.repeat(30_000)}"${'='.repeat(30_000)}`,
  '%'.repeat(30_000),
  '/'.repeat(10_000),
  '<'.repeat(30_000),
];

/** Text as anybody may send it. */
export const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.constantFrom(...KNOWN) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ maxLength: 40 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      '\u0000',
      '\u001b[2J',
      'a\r\nb: c',
      '%',
      '%E0%A4%A',
      '\ud800',
      'null',
      '1e999',
      '-1',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('https://example.com/', '//evil.test', 'javascript:1', 'http://[', '/..//x'),
  },
);
export const heavy = fc.constantFrom(...HEAVY);

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 4, arbitrary: fc.constantFrom(...KNOWN) },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom('a[]', 'a[b][c]', '__proto__[a]', 'constructor[prototype][a]') },
);

/** JSON as text, as an object with a member __proto__ would lose it. */
export const json: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text.map((one) => JSON.stringify(one)),
    fc.constantFrom('null', 'true', '0', '-1', '1e308', '[]', '{}', '{"toString":1}', '[{"toString":1}]'),
    fc.array(tie('value'), { maxLength: 4 }).map((all) => `[${all.join(',')}]`),
    fc
      .array(fc.tuple(name, tie('value')), { maxLength: 5 })
      .map((all) => `{${all.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
  ),
})).value;

/** A JSON object as text. */
export const jsonObject = fc
  .array(
    fc.tuple(
      name,
      fc.oneof(
        { weight: 8, arbitrary: json },
        { weight: 1, arbitrary: fc.constantFrom(...HEAVY.slice(0, 2)) },
      ),
    ),
    {
      maxLength: 6,
    },
  )
  .map((all) => `{${all.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`);

const base64url = (one: string) => Buffer.from(one).toString('base64url');
const header = fc.oneof(
  fc.constant('{"alg":"RS256","kid":"x","typ":"JWT"}'),
  fc.constant('{"alg":"none"}'),
  fc.constant('{"alg":{"toString":1},"typ":{"toString":1},"kid":[{"toString":1}]}'),
  jsonObject,
);

/** What looks like a JWT. */
export const token = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(header, jsonObject).map(([h, c]) => `${base64url(h)}.${base64url(c)}.c2ln`),
  },
  { weight: 1, arbitrary: fc.constantFrom('a.b.c', 'eyJ', '..', 'eyJhIjoxfQ.eyJhIjoxfQ.', 'a.b.c.d.e') },
  { weight: 1, arbitrary: text },
);

/** A value of a parameter. */
export const value = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 2, arbitrary: token },
  { weight: 1, arbitrary: jsonObject },
);

export const pairs = fc.array(fc.tuple(name, value), { maxLength: 6 });

/** A query or a form; what no encoder takes is replaced, as a browser does. */
export const encoded = (all: readonly (readonly [string, string])[]): string =>
  all.map((pair) => pair.map((one) => encodeURIComponent(one.toWellFormed())).join('=')).join('&');

/** What the Management API wants of a new thing, of whatever kind; some members make sense. */
export const thing: fc.Arbitrary<string> = fc
  .tuple(
    ...[
      'name',
      'identifier',
      'client_id',
      'audience',
      'scope',
      'scopes',
      'strategy',
      'code',
      'supported_triggers',
      'script',
      'triggerId',
      'email',
      'connection',
      'password',
      'secrets',
      'enabled_clients',
      'options',
      'user_metadata',
    ].map((key) =>
      fc.tuple(
        fc.constant(key),
        fc.oneof(
          json,
          fc.constantFrom(
            '"Web"',
            '"auth0"',
            '[]',
            '{}',
            '"post-login"',
            '"Username-Password-Authentication"',
          ),
        ),
      ),
    ),
  )
  .chain((all) => fc.subarray(all, { minLength: 8 }))
  .map((all) => `{${all.map(([key, one]) => `${JSON.stringify(key)}:${one}`).join(',')}}`);
