import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { expect } from 'chai';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { decider } from '../../shared/faults/configuration';
import type { Forgery } from '../../shared/faults/forgery';
import { forgeryInWords, parseForgery, TARGETS } from '../../shared/faults/forgery-text';
import { FaultInjector } from '../../shared/faults/inject';
import { Client, decode } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';

describe('a tenant that forges its answers', () => {
  const faults = new FaultInjector();
  let test: TestTenant;
  let client: Client;
  let keys: ReturnType<typeof createLocalJWKSet>;
  before(async () => {
    test = await startTestTenant({ wrap: (handler) => faults.wrap(handler) });
    const jwks = await fetch(new URL('/.well-known/jwks.json', test.tenant.issuer));
    keys = createLocalJWKSet((await jwks.json()) as JSONWebKeySet);
  });
  beforeEach(() => {
    client = new Client(test.tenant);
  });
  afterEach(() => {
    faults.clear();
    client.close();
  });
  after(() => test?.close());

  const forges = (forge: Forgery, times?: number) => {
    faults.decide = decider({ forge, ...(times === undefined ? {} : { times }) }, 'tenant');
  };
  const isSigned = (token: string | undefined) =>
    compactVerify(token ?? '', keys).then(
      () => true,
      () => false,
    );

  it('changes, adds and leaves out claims of the ID token, which its own key signs', async () => {
    const honest = await client.logIn();
    forges(
      parseForgery(['id_token.nonce=other', 'id_token.sub=', 'id_token.aud=["a","b"]', 'id_token.x.y=1']),
    );
    const { id_token, access_token } = await client.logIn();
    const [before, after] = [decode(honest.id_token), decode(id_token)];
    expect(after.payload).to.include({ nonce: 'other', 'x.y': 1, iss: before.payload.iss });
    expect(after.payload.aud).to.deep.equal(['a', 'b']);
    expect(after.payload).to.not.have.property('sub');
    expect(after.header).to.deep.equal(before.header);
    expect(decode(access_token).payload.sub).to.equal(before.payload.sub);
    expect([await isSigned(id_token), await isSigned(access_token)]).to.deep.equal([true, true]);
  });

  it('takes now+N for a time', async () => {
    forges(parseForgery(['id_token.exp=now-60', 'id_token.iat=now', 'id_token.name=now and then']));
    const now = Math.floor(Date.now() / 1000);
    const { payload } = decode((await client.logIn()).id_token);
    expect(payload.exp).to.be.within(now - 60, now + 60);
    expect(Number(payload.iat) - Number(payload.exp)).to.equal(60);
    expect(payload.name).to.equal('now and then');
  });

  it('signs by another algorithm, by none, or with a key that it does not publish', async () => {
    for (const alg of ['PS256', 'RS512']) {
      forges(parseForgery([`id_token.header.alg=${alg}`]));
      expect(decode((await client.logIn()).id_token).header.alg).to.equal(alg);
    }
    forges(parseForgery(['id_token.header.alg=none']));
    expect((await client.logIn()).id_token).to.match(/^[^.]+\.[^.]+\.$/);
    forges(parseForgery(['id_token.header.alg=HS256']));
    const secret = Buffer.from(test.tenant.settings().CLIENT_SECRET ?? '');
    await compactVerify((await client.logIn()).id_token ?? '', secret, { algorithms: ['HS256'] });
    forges(parseForgery(['id_token.key=unpublished']));
    const { id_token } = await client.logIn();
    expect(decode(id_token).header.alg).to.equal('RS256');
    expect(await isSigned(id_token)).to.equal(false);
  });

  it('changes the access token, and the ID token’s hash of it remains right', async () => {
    forges(parseForgery(['access_token.aud=https://other.example', 'access_token.header.typ=x']));
    const { access_token, id_token } = await client.logIn();
    expect(decode(access_token)).to.deep.include({ header: { ...decode(access_token).header, typ: 'x' } });
    expect(decode(access_token).payload.aud).to.equal('https://other.example');
    expect(await isSigned(access_token)).to.equal(true);
    const hash = createHash('sha256').update(String(access_token)).digest().subarray(0, 16);
    const { at_hash } = decode(id_token).payload;
    if (at_hash !== undefined) expect(at_hash).to.equal(hash.toString('base64url'));
  });

  it('forges at a login only, or at a refresh only, and so often', async () => {
    forges({ ...parseForgery(['id_token.sub=mallory'], 'refresh') }, 1);
    const { id_token, refresh_token } = await client.logIn();
    const { sub } = decode(id_token).payload;
    expect(sub).to.not.equal('mallory');
    const first = await client.refresh(refresh_token);
    expect(decode(first.body.id_token).payload.sub).to.equal('mallory');
    const second = await client.refresh(first.body.refresh_token);
    expect(decode(second.body.id_token).payload.sub).to.equal(sub);
    forges(parseForgery(['id_token.sub=mallory'], 'login'));
    const third = await client.refresh(second.body.refresh_token);
    expect(decode(third.body.id_token).payload.sub).to.equal(sub);
  });

  it('forges for an application that sends JSON', async () => {
    forges(parseForgery(['id_token.nonce=other']));
    const code = (await client.callback()).searchParams.get('code') ?? '';
    const parameters = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'http://localhost:3000/callback',
      code_verifier: client.verifier,
    };
    const { body } = await client.token(parameters, { json: true });
    expect(decode(body.id_token).payload.nonce).to.equal('other');
  });

  it('changes the token answer, the discovery document and the redirect to the callback', async () => {
    forges(parseForgery(['answer.id_token=', 'answer.expires_in=5']));
    const body = await client.logIn();
    expect(body).to.include({ expires_in: 5, token_type: 'Bearer' }).and.not.have.property('id_token');
    forges(parseForgery(['metadata.issuer=https://other.example/']));
    const metadata = await fetch(new URL('/.well-known/openid-configuration', test.tenant.issuer));
    expect(await metadata.json()).to.include({
      issuer: 'https://other.example/',
      token_endpoint: `${test.tenant.issuer}oauth/token`,
    });
    forges(parseForgery(['callback.state=', 'callback.iss=https://other.example/']));
    const { searchParams } = await client.callback();
    expect(searchParams.has('code')).to.equal(true);
    expect([searchParams.get('state'), searchParams.get('iss')]).to.deep.equal([
      null,
      'https://other.example/',
    ]);
  });

  it('answers a refused request as ever', async () => {
    forges(parseForgery(['answer.access_token=x']));
    const { status, body } = await client.redeem('no-such-code');
    expect([status, body.error, body.access_token]).to.deep.equal([400, 'invalid_grant', undefined]);
  });
});

describe('a change in words', () => {
  it('is understood for each target, and printed in the same words', () => {
    for (const target of TARGETS.keys()) {
      const words = forgeryInWords(parseForgery([`${target}.some.name=x`, `${target}.gone=`]));
      expect(words).to.match(/^forges: the .* with some\.name "x", the .* without gone$/);
    }
    expect(forgeryInWords(parseForgery(['id_token.key=unpublished'], 'login'))).to.equal(
      'forges at a login: the ID token signed with an unpublished key',
    );
  });

  it('may have a name that every object has', () => {
    const { claims } = parseForgery(['id_token.__proto__=1', 'id_token.constructor=2']).id_token ?? {};
    expect(Object.entries(claims ?? {})).to.deep.equal([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });

  it('is refused with what there is', () => {
    for (const text of ['nonce=x', 'id_token', 'id_token.=x', '=', 'other.x=1', '__proto__.x=1'])
      expect(() => parseForgery([text]), text).to.throw('is not a change. Write id_token.nonce=other');
    expect(() => parseForgery([])).to.throw('forge needs a change');
    expect(() => parseForgery(['id_token.x=1'], 'noon')).to.throw('--at is login or refresh');
  });
});

describe('an answer that trickles', () => {
  it('arrives byte by byte, and ends with the fault', async () => {
    const faults = new FaultInjector();
    const handler: http.RequestListener = (_req, res) => {
      res.setHeader('content-type', 'text/plain');
      res.write('a');
      res.end('bc');
    };
    const server = http.createServer(faults.wrap(handler)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
    try {
      let begun = 0;
      faults.decide = () => ({ trickle: 10, onBegin: () => begun++ });
      const parts: string[] = [];
      for await (const part of (await fetch(url)).body ?? []) parts.push(Buffer.from(part).toString());
      expect([parts.join(''), begun]).to.deep.equal(['abc', 1]);
      expect(parts.length).to.be.above(1);
      faults.decide = () => ({ trickle: 60_000 });
      const reading = (await fetch(url)).text();
      expect(faults.waiting).to.equal(1);
      faults.clear();
      expect(await reading.catch((error: Error) => error)).to.be.instanceOf(Error);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
