import { createHmac, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import request from 'supertest';
import { createApi } from '../../shared/api/finished';
import { TOKEN_CHECKS } from '../../shared/api/types';
import type { RunningGuide } from '../../shared/guide/index';
import { tidy } from '../../shared/guide/tokens/tidy';
import { timeClaim } from '../../shared/guide/tokens/times';
import { Wire } from '../../shared/guide/wire/wire';
import { Recorder } from '../../shared/recorder';
import { type Signer, startSigner } from '../support/signer';
import { startBareGuide } from './in-process';
import { playLogin, type Secrets } from './sample-messages';

const AUDIENCE = 'https://appointments.example/api';
const seconds = () => Math.floor(Date.now() / 1000);
const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('the token workbench', () => {
  let signer: Signer;
  let guide: RunningGuide;
  let seen: Secrets;
  const wire = new Wire();
  before(async () => {
    signer = await startSigner(AUDIENCE);
    const recorder = new Recorder({ onChange: (message) => wire.add(message) });
    ({ secrets: seen } = await playLogin(recorder, signer));
    guide = await startBareGuide({
      wire,
      places: { issuer: signer.issuer, api: 'http://localhost:4002', audience: AUDIENCE },
    });
  });
  after(async () => {
    await guide?.close();
    await signer?.close();
  });

  async function send(
    fields: Record<string, string>,
  ): Promise<{ status: number; html: string; text: string }> {
    const response = await fetch(`${guide.origin}/tokens`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: guide.origin },
      redirect: 'manual',
    });
    const html = await response.text();
    const text = html
      .slice(html.indexOf('<main'))
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');
    return { status: response.status, html, text };
  }
  const look = async (token: string) => (await send({ token })).text;
  /** At which check the API stops: the only failed line. */
  const stopsAt = (text: string) =>
    Object.entries(TOKEN_CHECKS)
      .filter(([, [title]]) => text.includes(`failed ${title}`))
      .map(([check]) => check);

  it('says of a good access token that the API takes it, what it may do, and what each claim says', async () => {
    const token = await signer.sign({ scope: 'read:appointments', exp: seconds() + 42 * 60 });
    const text = await look(token);
    expect(text).to.include('This is an access token').and.include('Yes. All checks pass.');
    expect(text).to.include('allowed GET /appointments').and.include('403 POST /appointments');
    expect(text).to.match(/exp \d+ .*, in 42 min When it ends\. RFC 7519, section 4\.1\.4/);
    expect(text).to.match(/kid k1 .*RFC 7515/);
    expect(text).to.include('The signature is right');
    expect(stopsAt(text)).to.deep.equal([]);
  });

  it('says why a token that the API accepts does not open a route: scope and permissions must both allow it', async () => {
    const [read, create] = ['read:appointments', 'create:appointments'];
    const text = await look(
      await signer.sign({ scope: `openid ${read} ${create}`, permissions: [read, 'delete:appointments'] }),
    );
    expect(text).to.include('Yes. All checks pass.').and.include(`allowed GET /appointments with ${read}`);
    expect(text).to.include(
      `403 POST /appointments needs ${create} the token has the scope ${create}, but its permissions do not`,
    );
    expect(text).to.match(
      /403 DELETE \/appointments\/:id needs \S+ the token does not have the scope delete/,
    );
    expect(text).to.include('The API asks for both: scope and permissions must allow it');
  });

  it('names the check at which the API stops, and what to do', async () => {
    const good = await signer.sign();
    const [header = '', , signature = ''] = good.split('.');
    const payload = {
      iss: signer.issuer,
      sub: 'auth0|1',
      aud: AUDIENCE,
      exp: seconds() + 60,
      iat: seconds(),
    };
    const hs = `${json({ alg: 'HS256', typ: 'JWT', kid: 'k1' })}.${json(payload)}`;
    const cases: [string, string, RegExp][] = [
      ['jwt', randomBytes(24).toString('base64url'), /opaque token.*send audience=/],
      ['jwt', good.slice(0, 60), /no whole token.*a piece was not copied/],
      [
        'alg',
        `${json({ alg: 'none', typ: 'JWT' })}.${json(payload)}.`,
        /alg is none: the token is not signed/,
      ],
      [
        'alg',
        `${hs}.${createHmac('sha256', 'public key').update(hs).digest('base64url')}`,
        /HS256 signs with a secret.*public key/,
      ],
      ['typ', await signer.sign({ events: {} }, { typ: 'logout+jwt' }), /This is a logout token/],
      ['kid', await signer.sign({}, { kid: undefined as never }), /the token names no key/],
      ['key', await signer.sign({}, { kid: 'old' }), /keys.*--reset/],
      [
        'signature',
        `${header}.${json({ ...payload, scope: 'delete:appointments' })}.${signature}`,
        /The header or the claims were changed/,
      ],
      ['claims', await signer.sign({ sub: undefined as never }), /the token has no sub/],
      ['iss', await signer.sign({ iss: signer.issuer.slice(0, -1) }), /differ by the final slash/],
      ['aud', await signer.sign({ aud: `${AUDIENCE}/` }), /differ by the final slash/],
      ['aud', await signer.sign({ aud: 'https://other.example' }), /It is for https:\/\/other\.example/],
      [
        'aud',
        await signer.sign({ aud: 'web', nonce: 'n', scope: undefined as never }),
        /nonce, which only ID tokens have.*Send the access_token/,
      ],
      ['aud', seen.id, /This is an ID token.*Send the access_token/],
      ['times', await signer.sign({ nbf: 'now' as never }), /seconds since 1970/],
      ['nbf', await signer.sign({ nbf: seconds() + 600 }), /not valid yet/],
      ['exp', await signer.sign({ exp: seconds() - 180 }), /It expired 3 min ago.*refresh token/],
      ['iat', await signer.sign({ iat: seconds() + 600 }), /issued in the future/],
      ['cnf', await signer.sign({ cnf: { jkt: 'x' } }), /bound to a key/],
      ['scope', await signer.sign({ scope: ['a'] as never }), /scope is not a string/],
      ['permissions', await signer.sign({ permissions: 'a' }), /permissions are not a list of strings/],
    ];
    for (const [check, token, advice] of cases) {
      const text = await look(token);
      expect(stopsAt(text), `${check}: ${text}`).to.deep.equal([check]);
      expect(text, check).to.match(advice).and.include('No: 401 invalid_token');
    }
  });

  it('refuses an ID token for its aud, whatever else is wrong with it', async () => {
    const aud = `The token’s aud does not contain ${AUDIENCE}: the ID token’s audience is the application, web.`;
    const id = { aud: 'web', nonce: 'n', scope: undefined as never };
    const expired = await look(await signer.sign({ ...id, exp: seconds() - 600 }));
    expect(expired).to.include(aud).and.not.include('An earlier check already fails');
    const unknownKey = await look(await signer.sign(id, { kid: 'old' }));
    expect(unknownKey).to.include(`No: 401 invalid_token. ${aud} An earlier check already fails: `);
  });

  it('does not take words for a token', async () => {
    for (const words of [
      'hello world',
      'correct horse battery staple',
      'Bearer of good news and Long stories',
    ]) {
      const text = await look(words);
      expect(text, words)
        .to.include('This is no token')
        .and.include('No: 401')
        .and.not.include('This is an opaque');
    }
    for (let i = 0; i < 50; i += 1)
      expect(await look(randomBytes(24).toString('base64url'))).to.include('This is an opaque token');
  });

  it('agrees with the API on every token', async () => {
    const api = createApi({ issuer: new URL(signer.issuer), audience: AUDIENCE });
    for (const token of [
      await signer.sign(),
      await signer.sign({ exp: seconds() - 1 }),
      await signer.sign({ aud: 'x' }),
      await signer.sign({}, { typ: 'at+jwt' }),
      'opaque',
    ]) {
      const { status } = await request(api).get('/appointments').set('Authorization', `Bearer ${token}`);
      expect((await look(token)).includes('Yes. All checks pass.'), token).to.equal(status === 200);
    }
  });

  it('does not fetch the keys of another issuer, and says so', async () => {
    const other = await startSigner(AUDIENCE);
    try {
      const text = await look(await other.sign());
      expect(text).to.include(`It says that ${other.issuer} issued it.`).and.include('are not fetched');
      expect(other.fetches()).to.equal(0);
    } finally {
      await other.close();
    }
  });

  it('lists what was seen on the wire without its value, and looks at what is picked', async () => {
    const html = await (await fetch(`${guide.origin}/tokens`)).text();
    for (const secret of [seen.access, seen.id, seen.refresh]) expect(html).to.not.include(secret);
    const keys = [...html.matchAll(/name="seen" value="(\d+\.(\w+))"/g)].map(([, key = '', name]) => ({
      key,
      name,
    }));
    expect(keys.map(({ name }) => name).sort()).to.deep.equal(['access_token', 'id_token', 'refresh_token']);
    expect(html).to.match(/Ann Archer, by authorization_code, \d\d:\d\d:\d\d/);
    const kinds: Record<string, string> = {
      access_token: 'an access token',
      id_token: 'an ID token',
      refresh_token: 'a refresh token',
    };
    for (const { key, name } of keys) {
      const picked = await send({ seen: key });
      expect(picked.text, key).to.include(`This is ${kinds[name ?? '']}`);
      expect(picked.html, key).to.not.include(seen.refresh);
    }
    expect(await look(seen.refresh), 'pasted').to.include('This is a refresh token');
    expect((await send({ seen: '999.id_token' })).status).to.equal(422);
  });

  it('removes what is copied along, and reports it', async () => {
    const token = await signer.sign();
    const cut = token.length / 2;
    for (const pasted of [
      `Authorization: Bearer ${token}`,
      `"access_token": "${token}",`,
      `  '${token}'\n`,
      `${token.slice(0, cut)}\r\n  ${token.slice(cut)}`,
    ]) {
      expect(tidy(pasted).token, pasted).to.equal(token);
      expect(await look(pasted))
        .to.include('Removed from your text before the analysis')
        .and.include('Yes. All checks pass.');
    }
    expect(tidy(token).removed).to.deep.equal([]);
    expect(await look(`Bearer ${token}`)).to.include('the scheme, Bearer');
  });

  it('answers what is no token with a page that says so', async () => {
    for (const fields of [{}, { token: ' ' }, { token: 'x'.repeat(20_000) }, { seen: '../1' }])
      expect((await send(fields as Record<string, string>)).status).to.equal(422);
    const html = (await send({ token: '<script>alert(1)</script>' })).html;
    expect(html).to.not.include('<script>alert');
    const evil = await signer.sign({ '<img src=x>': '<b>', scope: '"><script>alert(1)</script>' });
    expect((await send({ token: evil })).html).to.not.match(/<img src=x|<b>|<script>alert/);
  });

  it('reads times for people', () => {
    const now = Date.UTC(2026, 10, 24, 12);
    const at = (offset: number, name = 'exp') =>
      timeClaim(name, now / 1000 + offset, now)
        ?.split(', ')
        .at(-1);
    expect(at(42 * 60)).to.equal('in 42 min');
    expect(at(-180)).to.equal('expired 3 min ago');
    expect(at(-30, 'iat')).to.equal('30 s ago');
    expect(at(3 * 86_400)).to.equal('in 3 days');
    expect(timeClaim('exp', now, now)).to.include('in milliseconds?');
    expect(timeClaim('exp', 1e300, now)).to.include('not a plausible date');
    expect(timeClaim('sub', 5, now)).to.equal(undefined);
  });
});
