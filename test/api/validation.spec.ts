import { expect } from 'chai';
import { SignJWT } from 'jose';
import request from 'supertest';
import { createApi } from '../../shared/api/app';
import { type Signer, startSigner } from '../support/signer';

const AUDIENCE = 'https://appointments.example/api';

describe('the API validates access tokens', () => {
  let signer: Signer;
  let api: ReturnType<typeof createApi>;
  let now: number;
  before(async () => {
    signer = await startSigner(AUDIENCE);
  });
  after(() => signer.close());
  beforeEach(() => {
    now = Date.now();
    api = createApi({ issuer: new URL(signer.issuer), audience: AUDIENCE, now: () => now });
  });

  const get = (token?: string) => {
    const call = request(api).get('/appointments');
    return token === undefined ? call : call.set('Authorization', `Bearer ${token}`);
  };
  const seconds = () => Math.floor(Date.now() / 1000);

  it('answers 401 without an error code when no token was sent', async () => {
    const { status, headers, body } = await get();
    expect(status).to.equal(401);
    expect(headers['www-authenticate']).to.equal('Bearer realm="appointments"');
    expect(headers['content-type']).to.match(/^application\/problem\+json/);
    expect(body).to.include({ status: 401, title: 'No access token' });
  });

  it('accepts a token of every form that a tenant issues', async () => {
    const tokens = [
      await signer.sign(),
      await signer.sign({ aud: [AUDIENCE, `${signer.issuer}userinfo`] }),
      await signer.sign({}, { typ: 'at+jwt' }),
      await signer.sign({ scope: 'openid', permissions: ['read:appointments'] }),
    ];
    for (const token of tokens) expect((await get(token)).status).to.equal(200);
    expect(
      (await request(api).get('/appointments').set('Authorization', `bearer ${tokens[0]}`)).status,
    ).to.equal(200);
  });

  const refused: [string, () => Promise<string>, RegExp][] = [
    ['three segments that are no JWT', async () => 'a.b.c', /not a JWT/],
    ['an opaque token', async () => 'opaque', /not a JWT: .*without an audience/],
    ['another audience', () => signer.sign({ aud: 'https://other.example' }), /aud does not contain/],
    ['another issuer', () => signer.sign({ iss: 'https://evil.example/' }), /iss is not/],
    ['an expired one', () => signer.sign({ exp: seconds() - 1 }), /expired/],
    ['no exp', () => signer.sign({ exp: undefined as never }), /no exp/],
    ['no sub', () => signer.sign({ sub: undefined as never }), /no sub/],
    ['nbf in the future', () => signer.sign({ nbf: seconds() + 60 }), /not valid yet/],
    ['iat in the future', () => signer.sign({ iat: seconds() + 60 }), /iat lies in the future/],
    ['an ID token in typ only', () => signer.sign({ aud: 'CallYourAPI' }), /aud does not contain/],
    ['typ logout+jwt', () => signer.sign({}, { typ: 'logout+jwt' }), /typ is logout\+jwt/],
    ['no typ', () => signer.sign({}, { typ: undefined as never }), /typ is missing/],
    ['no kid', () => signer.sign({}, { kid: undefined as never }), /names no key \(kid\)/],
    ['an empty sub', () => signer.sign({ sub: '' }), /no sub/],
    ['an unknown crit', () => signer.sign({}, { kid: 'k1', crit: ['b64'], b64: true }), /critical extension/],
    [
      'an array as scope',
      () => signer.sign({ scope: ['read:appointments'] as never }),
      /scope is not a string/,
    ],
    ['cnf as Bearer', () => signer.sign({ cnf: { jkt: 'x' } }), /cnf/],
    ['an unknown kid', () => signer.sign({}, { kid: 'nobody' }), /does not publish/],
    [
      'HS256',
      () =>
        new SignJWT({ sub: 'x' })
          .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'k1' })
          .sign(new Uint8Array(32)),
      /alg is HS256/,
    ],
    [
      'alg none',
      async () =>
        `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.`,
      /alg is none|one access token/,
    ],
    ['a changed signature', async () => (await signer.sign()).replace(/.{10}$/, 'AAAAAAAAAA'), /signature/],
  ];
  for (const [name, token, why] of refused) {
    it(`answers 401 invalid_token to ${name}`, async () => {
      const { status, headers } = await get(await token());
      expect(status).to.equal(401);
      expect(headers['www-authenticate']).to.match(
        /^Bearer realm="appointments", error="invalid_token", error_description="/,
      );
      expect(headers['www-authenticate']).to.match(why);
    });
  }

  it('forgives a clock that runs ahead by less than 30 seconds', async () => {
    expect((await get(await signer.sign({ nbf: seconds() + 20, iat: seconds() + 20 }))).status).to.equal(200);
  });

  it('answers 400 invalid_request to a token in two places and does not read one in the URL', async () => {
    const token = await signer.sign();
    const two = await get(token).query({ access_token: token });
    expect(two.status).to.equal(400);
    expect(two.headers['www-authenticate']).to.include('error="invalid_request"');
    expect((await get().query({ access_token: token })).status).to.equal(401);
  });

  it('answers 400 invalid_request to a token in the header and in a form', async () => {
    const { status, headers } = await request(api)
      .post('/appointments')
      .set('Authorization', `Bearer ${await signer.sign({ scope: 'create:appointments' })}`)
      .type('form')
      .send({ access_token: 'x' });
    expect(status).to.equal(400);
    expect(headers['www-authenticate'])
      .to.include('error="invalid_request"')
      .and.include('error_description="the access token was sent in more than one way"');
  });

  it('answers 401 without an error code to another scheme, and with one to a token without its scheme', async () => {
    const basic = await request(api).get('/appointments').set('Authorization', 'Basic YTpi');
    expect(basic.status).to.equal(401);
    expect(basic.headers['www-authenticate']).to.equal('Bearer realm="appointments"');
    for (const header of [await signer.sign(), 'Bearer', 'Bearer undefined undefined', 'Bearer "x"']) {
      const { status, headers } = await request(api).get('/appointments').set('Authorization', header);
      expect(status, header).to.equal(401);
      expect(headers['www-authenticate'], header)
        .to.include('error="invalid_token"')
        .and.include("must be 'Bearer' and one access token");
    }
  });

  it('trusts the last known keys for a day and no longer, during the cool-down too', async () => {
    const exp = seconds() + 5 * 86_400;
    expect((await get(await signer.sign({ exp }))).status).to.equal(200);
    signer.down(true);
    try {
      now += 23 * 3_600_000;
      expect((await get(await signer.sign({ exp, sub: 'auth0|2' }))).status).to.equal(200);
      now += 2 * 3_600_000;
      for (const sub of ['auth0|3', 'auth0|4']) {
        expect((await get(await signer.sign({ exp, sub }))).status, sub).to.equal(503);
      }
    } finally {
      signer.down(false);
    }
    now += 4000;
    expect((await get(await signer.sign({ exp, sub: 'auth0|5' }))).status).to.equal(200);
  });

  it('never remembers that a token failed, and starts while the tenant is down', async () => {
    const token = await signer.sign();
    signer.down(true);
    try {
      expect((await get(token)).status).to.equal(503);
    } finally {
      signer.down(false);
    }
    now += 4000;
    expect((await get(token)).status).to.equal(200);
  });

  it('takes the issuer with or without its final slash', async () => {
    for (const issuer of [signer.issuer, signer.issuer.replace(/\/$/, '')]) {
      const other = createApi({ issuer: new URL(issuer), audience: AUDIENCE });
      const answer = await request(other)
        .get('/appointments')
        .set('Authorization', `Bearer ${await signer.sign()}`);
      expect(answer.status, issuer).to.equal(200);
    }
  });

  it('answers 403 insufficient_scope with the scope that is missing', async () => {
    const { status, headers } = await get(await signer.sign({ scope: 'openid' }));
    expect(status).to.equal(403);
    expect(headers['www-authenticate'])
      .to.include('error="insufficient_scope"')
      .and.include('scope="read:appointments"');
  });

  it('demands a scope of its own for each method', async () => {
    const token = await signer.sign({ scope: 'read:appointments' });
    const calls: [request.Test, string][] = [
      [request(api).post('/appointments'), 'create:appointments'],
      [request(api).delete('/appointments/1'), 'delete:appointments'],
    ];
    for (const [call, scope] of calls) {
      const { status, headers } = await call.set('Authorization', `Bearer ${token}`);
      expect(status, scope).to.equal(403);
      expect(headers['www-authenticate']).to.equal(
        `Bearer realm="appointments", error="insufficient_scope", error_description="the token does not have the scope ${scope}", scope="${scope}"`,
      );
    }
  });

  it('verifies a token that was seen before no longer than until it expires', async () => {
    const token = await signer.sign({ exp: seconds() + 100 });
    expect((await get(token)).status).to.equal(200);
    now += 101_000;
    expect((await get(token)).headers['www-authenticate']).to.include('expired');
  });

  it('refetches the keys once for a flood of unknown kids, and accepts a new key within five seconds', async () => {
    await get(await signer.sign());
    now += 5000;
    const before = signer.fetches();
    const flood = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => get(await signer.sign({}, { kid: `x${i}` }))),
    );
    expect(flood.every(({ status }) => status === 401)).to.equal(true);
    expect(signer.fetches() - before).to.equal(1);
    await signer.rotate();
    now += 4500;
    expect((await get(await signer.sign())).status).to.equal(200);
  });

  it('goes on with the last known keys while the tenant is down, and answers 503 when it knows none', async () => {
    const token = await signer.sign();
    expect((await get(token)).status).to.equal(200);
    signer.down(true);
    try {
      now += 11 * 60_000;
      expect((await get(await signer.sign({ sub: 'auth0|2' }))).status).to.equal(200);
      const fresh = createApi({ issuer: new URL(signer.issuer), audience: AUDIENCE });
      const answer = await request(fresh).get('/appointments').set('Authorization', `Bearer ${token}`);
      expect(answer.status).to.equal(503);
      expect(answer.headers['retry-after']).to.equal('5');
    } finally {
      signer.down(false);
    }
  });
});
