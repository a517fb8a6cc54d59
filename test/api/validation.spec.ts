import { expect } from 'chai';
import { SignJWT } from 'jose';
import request from 'supertest';
import { removeApps } from '../support/app-in-process';
import { finishedApi } from '../support/finished-api';
import { type Signer, startSigner } from '../support/signer';

const { createApi, IssuerKeys, rememberTokens } = finishedApi();
const AUDIENCE = 'https://appointments.example/api';

describe('the API validates access tokens', () => {
  let signer: Signer;
  let api: ReturnType<typeof createApi>;
  let now: number;
  before(async () => {
    signer = await startSigner(AUDIENCE);
  });
  after(async () => {
    removeApps();
    await signer.close();
  });
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
      await signer.sign({ permissions: ['read:appointments', 'delete:appointments'] }),
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
    ...['read:appointments', null, { 0: 'read:appointments' }, [1], ['read:appointments', ['x']]].map(
      (permissions): [string, () => Promise<string>, RegExp] => [
        `${JSON.stringify(permissions)} as permissions`,
        () => signer.sign({ permissions }),
        /permissions are not a list of strings/,
      ],
    ),
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

  it('compares the times of a token with its own clock', async () => {
    now += 7_200_000;
    const times = { nbf: seconds() + 3600, iat: seconds() + 3600, exp: seconds() + 10_000 };
    expect((await get(await signer.sign(times))).status).to.equal(200);
  });

  it('says that a claim is missing before it looks at the values of claims', async () => {
    const keys = new IssuerKeys(new URL(signer.issuer));
    const verify = rememberTokens({ keys, audience: AUDIENCE, now: Date.now });
    for (const claim of ['exp', 'sub']) {
      const error = await Promise.resolve(verify(await signer.sign({ [claim]: undefined }))).catch(
        (one) => one,
      );
      expect(error, claim).to.include({ check: 'claims', message: `the token has no ${claim}` });
    }
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

  it('refuses an unknown key by the keys that it knows, while the tenant is down', async () => {
    expect((await get(await signer.sign())).status).to.equal(200);
    const token = await signer.sign({}, { kid: 'nobody' });
    now += 5000;
    signer.down(true);
    try {
      expect((await get(token)).status).to.equal(401);
    } finally {
      signer.down(false);
    }
  });

  it('takes no keys from a discovery document of another issuer', async () => {
    const read = async () => ({
      issuer: 'https://evil.example/',
      jwks_uri: 'https://evil.example/jwks',
      keys: [],
    });
    const keys = new IssuerKeys(new URL(signer.issuer), Date.now, read);
    const error = await keys.issuer().catch((one: Error) => one.message);
    expect(error).to.include('discovery names the issuer https://evil.example/');
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

  describe('asks two questions where the token has permissions: what the user allowed the application, and what the user may', () => {
    const [read, create, remove] = ['read:appointments', 'create:appointments', 'delete:appointments'];
    const all = [read, create, remove];
    const cases: [string, { scope?: string; permissions?: string[] }, number[], RegExp?][] = [
      ['all of both', { scope: all.join(' '), permissions: all }, [200, 201, 204]],
      [
        'permissions without a scope',
        { scope: 'openid', permissions: all },
        [403, 403, 403],
        /not have the scope/,
      ],
      [
        'no scope at all',
        { scope: undefined as never, permissions: all },
        [403, 403, 403],
        /not have the scope/,
      ],
      ['an empty scope', { scope: '', permissions: all }, [403, 403, 403], /not have the scope/],
      [
        'a user who may all, and allowed this application to read',
        { scope: `openid ${read}`, permissions: all },
        [200, 403, 403],
        /not have the scope/,
      ],
      [
        'an application that was allowed all, by a user who may read',
        { scope: all.join(' '), permissions: [read] },
        [200, 403, 403],
        /has the scope \S+, but its permissions do not/,
      ],
      ['no permission', { scope: all.join(' '), permissions: [] }, [403, 403, 403], /permissions do not/],
      ['names that only begin alike', { scope: `${read}s read`, permissions: all }, [403, 403, 403]],
      ['no permissions claim: RBAC is not asked', { scope: `${read} ${create}` }, [200, 201, 403], /scope/],
    ];
    for (const [name, claims, [listed, made, removed], why] of cases) {
      it(name, async () => {
        const token = await signer.sign(claims);
        const answers = [
          [listed, await get(token)],
          [
            made,
            await request(api)
              .post('/appointments')
              .set('Authorization', `Bearer ${token}`)
              .send({ title: 'Dentist', startsAt: '2027-03-01T09:30:00Z' }),
          ],
        ] as [number, request.Response][];
        // Something to delete, made by somebody who may.
        const full = await signer.sign({ scope: all.join(' ') });
        const own = await request(api).get('/appointments').set('Authorization', `Bearer ${full}`);
        const { id } = own.body.appointments[0];
        answers.push([
          removed as number,
          await request(api).delete(`/appointments/${id}`).set('Authorization', `Bearer ${token}`),
        ]);
        expect(answers.map(([, { status }]) => status)).to.deep.equal([listed, made, removed]);
        for (const [status, { headers }] of answers)
          if (status === 403)
            expect(headers['www-authenticate'])
              .to.match(/error="insufficient_scope", error_description="[^"]+", scope="\w+:appointments"$/)
              .and.match(why ?? /./);
      });
    }
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

  describe('accepts a token that it saw before only as long as its key is published', () => {
    /** Milliseconds for which keys are stored. */
    const STORED_FOR = 10 * 60_000;
    const expectRefused = async (token: string, why: RegExp) => {
      const { status, headers } = await get(token);
      expect([status, headers['www-authenticate']?.includes('error="invalid_token"')]).to.deep.equal([
        401,
        true,
      ]);
      expect(headers['www-authenticate']).to.match(why);
    };

    it('and ten minutes at most', async () => {
      const token = await signer.sign();
      expect((await get(token)).status).to.equal(200);
      await signer.rotate();
      now += STORED_FOR - 1;
      expect((await get(token)).status, 'the keys that were read last still count').to.equal(200);
      now += 1;
      await expectRefused(token, /a key that the tenant does not publish/);
      await expectRefused(token, /a key that the tenant does not publish/);
      expect((await get(await signer.sign())).status).to.equal(200);
    });

    it('and no longer once a token of the new key came', async () => {
      const token = await signer.sign();
      expect((await get(token)).status).to.equal(200);
      await signer.rotate();
      now += 5000;
      expect((await get(await signer.sign())).status).to.equal(200);
      await expectRefused(token, /a key that the tenant does not publish/);
    });

    it('which one of the same kid is not', async () => {
      await signer.rotate('same');
      const token = await signer.sign();
      expect((await get(token)).status).to.equal(200);
      await signer.rotate('same');
      now += STORED_FOR;
      await expectRefused(token, /signature is not right/);
      expect((await get(await signer.sign())).status).to.equal(200);
    });

    it('and, while the tenant is down, for a day', async () => {
      const token = await signer.sign({ exp: seconds() + 3 * 86_400 });
      expect((await get(token)).status).to.equal(200);
      await signer.rotate();
      signer.down(true);
      try {
        now += 23 * 3_600_000;
        expect((await get(token)).status).to.equal(200);
        now += 3_600_000;
        expect((await get(token)).status).to.equal(503);
      } finally {
        signer.down(false);
      }
      now += 5000;
      await expectRefused(token, /a key that the tenant does not publish/);
    });

    it('and is not verified again when the same keys are read again', async () => {
      const keys = new IssuerKeys(new URL(signer.issuer), () => now);
      const verify = rememberTokens({ keys, audience: AUDIENCE, now: () => now });
      const token = await signer.sign();
      const first = await verify(token);
      now += STORED_FOR;
      expect(verify(token), 'the keys are read again').to.be.instanceOf(Promise);
      expect(await verify(token)).to.deep.equal(first);
      now += STORED_FOR;
      const { inForce } = keys;
      expect(inForce).to.equal(undefined);
      await verify(await signer.sign({ sub: 'auth0|2' }));
      expect(verify(token), 'the same keys, so the token need not wait').not.to.be.instanceOf(Promise);
    });
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
