import { createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { createRemoteJWKSet, type JWK, jwtVerify } from 'jose';
import request from 'supertest';
import { createApi } from '../../shared/api/finished';
import { type Signer, startSigner } from '../support/signer';

const AUDIENCE = 'https://appointments.example/api';
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An API as short as it can be with jose: 20 lines, as tutorials have it. */
function shortApi(issuer: string): express.Express {
  const keys = createRemoteJWKSet(new URL('jwks', issuer));
  const app = express();
  app.use(async (req, res, next) => {
    const token = req.headers.authorization?.replace(/^Bearer /i, '') ?? '';
    try {
      res.locals.claims = (await jwtVerify(token, keys, { issuer, audience: AUDIENCE })).payload;
      next();
    } catch {
      res.status(401).set('WWW-Authenticate', 'Bearer error="invalid_token"').end();
    }
  });
  app.get('/appointments', (_req, res) => {
    const isAllowed = String(res.locals.claims.scope).split(' ').includes('read:appointments');
    res.status(isAllowed ? 200 : 403).json({ appointments: [] });
  });
  return app;
}

function sdkApi(issuer: string): express.Express {
  const app = express();
  app.use(auth({ issuerBaseURL: issuer, audience: AUDIENCE }));
  app.get('/appointments', requiredScopes('read:appointments'), (_req, res) => {
    res.json({ appointments: [] });
  });
  const refuse: ErrorRequestHandler = ({ status = 500, headers = {} }, _req, res, _next) => {
    res.status(status).set(headers).end();
  };
  return app.use(refuse);
}

/** What each API accepts of the tokens that ours refuses. */
const ACCEPTED = {
  sdk: [
    'expired a moment ago',
    'issued in an hour (iat)',
    'no sub',
    'an empty sub',
    'a logout token (typ)',
    'no typ',
    'no kid',
    'a critical header that it knows (b64)',
    'scope as a list',
    'permissions as a text',
  ],
  short: [
    'no exp',
    'issued in an hour (iat)',
    'no sub',
    'an empty sub',
    'a number as sub',
    'a logout token (typ)',
    'no typ',
    'no kid',
    'a critical header that it knows (b64)',
    'bound to a key (cnf)',
    'scope as a list',
    'permissions as a text',
  ],
};

describe('forged access tokens', () => {
  let signer: Signer;
  let apis: { ours: express.Express; sdk: express.Express; short: express.Express };
  const now = Math.floor(Date.now() / 1000);
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const strangersJwk = stranger.publicKey.export({ format: 'jwk' });

  before(async () => {
    signer = await startSigner(AUDIENCE);
    const { issuer } = signer;
    apis = {
      ours: createApi({ issuer: new URL(issuer), audience: AUDIENCE }),
      sdk: sdkApi(issuer),
      short: shortApi(issuer),
    };
  });
  after(() => signer.close());

  const publicJwk = async (): Promise<JWK> => {
    const { keys } = (await (await fetch(new URL('jwks', signer.issuer))).json()) as { keys: JWK[] };
    return keys[0] as JWK;
  };
  const claims = () => ({ iss: signer.issuer, sub: 'auth0|1', aud: AUDIENCE, iat: now, exp: now + 3600 });
  const body = (more: object = {}) => encoded({ ...claims(), scope: 'read:appointments', ...more });
  const unsigned = async (alg: string) => `${encoded({ alg, typ: 'JWT', kid: 'k1' })}.${body()}.`;
  const foreign = (header: object = {}) => {
    const input = `${encoded({ alg: 'RS256', typ: 'JWT', kid: 'k1', ...header })}.${body()}`;
    return `${input}.${signBytes('sha256', Buffer.from(input), stranger.privateKey).toString('base64url')}`;
  };
  const hmac = async (alg: string, secret: string | Buffer) => {
    const input = `${encoded({ alg, typ: 'JWT', kid: 'k1' })}.${body()}`;
    return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
      .update(input)
      .digest('base64url')}`;
  };
  const pem = async (type: 'spki' | 'pkcs1') =>
    createPublicKey({ key: (await publicJwk()) as never, format: 'jwk' }).export({ type, format: 'pem' });
  const changed = async (part: 0 | 1, more: object) => {
    const parts = (await signer.sign()).split('.');
    const before = JSON.parse(Buffer.from(parts[part] ?? '', 'base64url').toString());
    parts[part] = encoded({ ...before, ...more });
    return parts.join('.');
  };
  const cut = async (from: number, to?: number) =>
    (await signer.sign())
      .split('.')
      .map((part, i) => (i === 2 ? part.slice(from, to) : part))
      .join('.');
  const of =
    (payload: object, header: object = {}) =>
    () =>
      signer.sign(payload as never, header as never);
  const none = undefined as never;

  const FORGED: [name: string, make: () => string | Promise<string>][] = [
    ['sub changed after signing', () => changed(1, { sub: 'auth0|2' })],
    ['scope added after signing', () => changed(1, { scope: 'read:appointments admin' })],
    ['exp moved after signing', () => changed(1, { exp: now + 86_400 })],
    ['typ changed after signing', () => changed(0, { typ: 'at+jwt' })],
    ['kid changed after signing', () => changed(0, { kid: 'k2' })],
    ['no signature', () => cut(0, 0)],
    ['half of the signature', () => cut(0, 100)],
    ['the end of the signature', () => cut(100)],
    ['a foreign key under the known kid', () => foreign()],
    ['a foreign key under its own kid', () => foreign({ kid: 'stranger' })],
    ['a foreign key in the header (jwk)', () => foreign({ jwk: strangersJwk })],
    ['a foreign key in the header, its own kid', () => foreign({ jwk: strangersJwk, kid: 'stranger' })],
    ['the address of foreign keys (jku)', () => foreign({ jku: 'http://127.0.0.1:9/jwks' })],
    ['the address of a foreign certificate (x5u)', () => foreign({ x5u: 'http://127.0.0.1:9/cert' })],
    ['a foreign certificate (x5c)', () => foreign({ x5c: ['MIIB'] })],
    ...['none', 'None', 'NONE', 'nOnE', ''].map((alg): [string, () => Promise<string>] => [
      `alg "${alg}"`,
      () => unsigned(alg),
    ]),
    ['HS256 with the public key (PEM)', async () => hmac('HS256', await pem('spki'))],
    ['HS256 with the public key (PKCS#1)', async () => hmac('HS256', await pem('pkcs1'))],
    ['HS256 with the public key (JWK)', async () => hmac('HS256', JSON.stringify(await publicJwk()))],
    ['HS512 with the public key (PEM)', async () => hmac('HS512', await pem('spki'))],
    ['HS256 with an empty secret', () => hmac('HS256', '')],
    ['another issuer', of({ iss: 'https://evil.example/' })],
    ['an issuer that begins alike', () => signer.sign({ iss: `${signer.issuer}evil/` })],
    ['the issuer without its slash', () => signer.sign({ iss: signer.issuer.slice(0, -1) })],
    ['no issuer', of({ iss: none })],
    ['an ID token', of({ aud: 'client', nonce: 'n' })],
    ['another API', of({ aud: 'https://payments.example/api' })],
    ['an audience that begins alike', of({ aud: `${AUDIENCE}/v2` })],
    ['an audience with a slash', of({ aud: `${AUDIENCE}/` })],
    ['an empty list of audiences', of({ aud: [] })],
    ['an object as audience', of({ aud: { 0: AUDIENCE } })],
    ['no audience', of({ aud: none })],
    ['expired an hour ago', of({ iat: now - 7200, exp: now - 3600 })],
    ['expired a moment ago', () => signer.sign({ exp: Math.floor(Date.now() / 1000) - 1 })],
    ['no exp', of({ exp: none })],
    ['exp as a text', of({ exp: String(now + 3600) })],
    ['valid in an hour (nbf)', of({ nbf: now + 3600 })],
    ['nbf as a text', of({ nbf: 'now' })],
    ['issued in an hour (iat)', of({ iat: now + 3600 })],
    ['no sub', of({ sub: none })],
    ['an empty sub', of({ sub: '' })],
    ['a number as sub', of({ sub: 1 })],
    ['a logout token (typ)', of({}, { typ: 'logout+jwt' })],
    ['no typ', of({}, { typ: none })],
    ['no kid', of({}, { kid: none })],
    ['an unknown kid', of({}, { kid: 'nobody' })],
    ['a critical header that it knows (b64)', of({}, { crit: ['b64'], b64: true })],
    ['bound to a key (cnf)', of({ cnf: { jkt: 'x' } })],
    ['scope as a list', of({ scope: ['read:appointments'] })],
    ['permissions as a text', of({ permissions: 'read:appointments' })],
    ['an opaque token', () => '6pJcHqJ6eYF0oXvLwQ1uA9mK3sDzTnRb'],
    ['five parts', () => `${encoded({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`],
    ['three parts that are no JSON', () => 'not.a.token'],
    ['the word undefined', () => 'undefined'],
  ];

  const ask = async (api: express.Express, token: string) =>
    request(api).get('/appointments').set('Authorization', `Bearer ${token}`);

  it('need a token that each of the three APIs accepts', async () => {
    const token = await signer.sign();
    for (const [name, api] of Object.entries(apis))
      expect((await ask(api, token)).status, name).to.equal(200);
  });

  it(`are refused by ours with 401 and invalid_token: all ${FORGED.length}`, async () => {
    const others: string[] = [];
    for (const [name, make] of FORGED) {
      const { status, headers } = await ask(apis.ours, await make());
      const isRefused = status === 401 && /error="invalid_token"/.test(headers['www-authenticate'] ?? '');
      if (!isRefused) others.push(`${name}: ${status}`);
    }
    expect(others).to.deep.equal([]);
  });

  for (const name of ['sdk', 'short'] as const)
    it(`are accepted by ${name === 'sdk' ? 'express-oauth2-jwt-bearer' : '20 lines with jose'}: ${ACCEPTED[name].length} of them`, async () => {
      const accepted: string[] = [];
      for (const [forged, make] of FORGED)
        if ((await ask(apis[name], await make())).status === 200) accepted.push(forged);
      expect(accepted).to.deep.equal(ACCEPTED[name]);
    });

  it('are read from the address by express-oauth2-jwt-bearer, and not by ours', async () => {
    const query = { access_token: await signer.sign() };
    expect((await request(apis.ours).get('/appointments').query(query)).status).to.equal(401);
    expect((await request(apis.sdk).get('/appointments').query(query)).status).to.equal(200);
  });

  it('cannot be distinguished from right ones while the tenant is down: ours says 503, express-oauth2-jwt-bearer 401', async () => {
    const token = await signer.sign();
    signer.down(true);
    try {
      const ours = await ask(createApi({ issuer: new URL(signer.issuer), audience: AUDIENCE }), token);
      expect([ours.status, ours.headers['retry-after']]).to.deep.equal([503, '5']);
      expect((await ask(sdkApi(signer.issuer), token)).status).to.equal(401);
    } finally {
      signer.down(false);
    }
  });
});
