import fs from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import { expect } from 'chai';
import { type Api, startApi } from '../../shared/api';
import { decider, type FaultConfig, type FaultConfigs, inWords } from '../../shared/faults/configuration';
import { writeFaults } from '../../shared/faults/file';
import { type FollowedFaults, followFaults } from '../../shared/faults/follow';
import { ROOT, workFolder } from '../../shared/lib/places';
import { AUDIENCE, Client, decode } from '../support/client';
import { command } from '../support/command';
import { startTestTenant, type TestTenant } from '../support/tenant';
import { temporaryFolder } from '../support/workshop';

const request = (url: string) => ({ url }) as http.IncomingMessage;

describe('a fault configuration', () => {
  it('is for the requests of its path, and for so many of them', () => {
    const decide = decider({ status: 503, path: '/oauth/', times: 2 }, 'tenant');
    const met = ['/authorize', '/oauth/token', '/', '/oauth/revoke', '/oauth/token'].map((url) =>
      decide(request(url)),
    );
    expect(met.map((fault) => (fault as { status?: number } | undefined)?.status)).to.deep.equal([
      undefined,
      503,
      undefined,
      503,
      undefined,
    ]);
  });

  it('of a limit answers so many requests in each window, and says how long to wait for the next', () => {
    let now = 1_000_000;
    const decide = decider({ limit: { requests: 2, seconds: 10 } }, 'tenant', () => now);
    const statuses = () =>
      [1, 2, 3].map(() => (decide(request('/')) as { status: number } | undefined)?.status);
    expect(statuses()).to.deep.equal([undefined, undefined, 429]);
    now += 6000;
    const refused = decide(request('/')) as { headers: Record<string, string>; body: string };
    expect(refused.headers).to.include({ 'Retry-After': '4', 'X-RateLimit-Remaining': '0' });
    expect(JSON.parse(refused.body)).to.include({ error: 'too_many_requests' });
    now += 4000;
    expect(statuses()).to.deep.equal([undefined, undefined, 429]);
  });

  it('has words for whatever it says', () => {
    const all: [FaultConfig, string | undefined][] = [
      [{}, undefined],
      [{ slow: 300 }, 'answers 300 ms late'],
      [{ drop: true, clock: -5 }, 'breaks connections, and has a clock that is 5 s behind'],
      [{ hang: true, path: '/x', times: 2 }, 'never answers for /x, for the next 2 requests'],
      [{ limit: { requests: 1, seconds: 10 } }, 'answers 1 requests in 10 s, the others with 429'],
    ];
    for (const [faults, words] of all) expect(inWords(faults)).to.equal(words);
  });
});

describe('the faults of running parties', () => {
  const { folder, remove } = temporaryFolder();
  const file = path.join(folder, 'faults.json');
  const reported: string[] = [];
  let faults: FollowedFaults;
  let test: TestTenant;
  let api: Api;
  before(async () => {
    faults = followFaults((party, words) => reported.push(`${party} ${words}`), file);
    await faults.ready;
    test = await startTestTenant({ wrap: (handler) => faults.of('tenant').wrap(handler) });
    api = await startApi({
      issuer: new URL(test.tenant.issuer),
      audience: AUDIENCE,
      wrap: (handler) => faults.of('api').wrap(handler),
    });
  });
  after(async () => {
    await faults.close();
    await api?.close();
    await test?.close();
    remove();
  });
  /** Writes the file, as an editor would, and waits until the parties know. */
  const becomes = async (wanted: FaultConfigs) => {
    fs.writeFileSync(file, JSON.stringify(wanted));
    while (JSON.stringify(faults.now()) !== JSON.stringify(wanted)) await new Promise(setImmediate);
  };
  const jwks = () => fetch(`${test.tenant.origin}/.well-known/jwks.json`);
  const list = (token: string | undefined) =>
    fetch(`${api.origin}/appointments`, { headers: { authorization: `Bearer ${token}` } });

  it('comes with a save of the file and goes with the next', async () => {
    await becomes({ tenant: { status: 429 }, api: { status: 503 } });
    const refused = await jwks();
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([429, '5']);
    expect(await refused.json()).to.have.property('error', 'too_many_requests');
    expect((await list('x')).status).to.equal(503);
    await becomes({ tenant: { drop: true } });
    expect((await list('x')).status).to.equal(401);
    expect(await jwks().catch((error: Error) => error)).to.be.instanceOf(Error);
    await becomes({});
    expect((await jwks()).status).to.equal(200);
    expect(reported).to.include('tenant breaks connections').and.include('tenant has no faults any more');
  });

  it('may be slow, or never answer, while the other party has no faults', async () => {
    await becomes({ tenant: { slow: 400 }, api: { hang: true } });
    const asked = Date.now();
    expect((await jwks()).status).to.equal(200);
    expect(Date.now() - asked).to.be.at.least(390);
    const waiting = fetch(`${api.origin}/appointments`, { signal: AbortSignal.timeout(500) });
    expect((await waiting.catch((error: Error) => error)) as Error).to.have.property('name', 'TimeoutError');
    await becomes({});
    expect((await list('x')).status).to.equal(401);
  });

  it('remains in force while the file has an invalid value, and the log says so', async () => {
    await becomes({ tenant: { status: 503 } });
    fs.writeFileSync(file, '{"tenant": {"status": 418}}');
    while (!reported.some((words) => words.includes('faults none'))) await new Promise(setImmediate);
    expect((await jwks()).status).to.equal(503);
    await becomes({});
  });

  it('are read from the file’s earlier name, until they are set again', async () => {
    const earlier = path.join(folder, 'weather.json');
    fs.rmSync(file, { force: true });
    fs.writeFileSync(earlier, '{"api": {"status": 503}}');
    while (faults.now().api === undefined) await new Promise(setImmediate);
    expect((await list('x')).status).to.equal(503);
    writeFaults({}, file);
    while (faults.now().api !== undefined) await new Promise(setImmediate);
    expect(fs.readdirSync(folder)).to.deep.equal([]);
  });

  it('shifts one party’s clock and no other’s', async () => {
    const client = new Client(test.tenant);
    try {
      const now = Math.floor(Date.now() / 1000);
      await becomes({ tenant: { clock: 600 } });
      const { access_token, id_token } = await client.logIn();
      expect(decode(access_token).payload.iat).to.be.within(now + 600, now + 660);
      expect(decode(id_token).payload.iat).to.be.within(now + 600, now + 660);
      expect(Math.floor(Date.now() / 1000), 'the clock outside').to.be.below(now + 60);
      const early = await list(access_token);
      expect(early.headers.get('www-authenticate')).to.include('iat lies in the future');
      await becomes({ tenant: { clock: 600 }, api: { clock: 600 } });
      expect((await list(access_token)).status).to.equal(200);
      await becomes({ tenant: { clock: 600 }, api: { clock: 600 + 3600 } });
      expect((await list(access_token)).headers.get('www-authenticate')).to.include('expired');
    } finally {
      client.close();
      await becomes({});
    }
  });
});

describe('npm run workshop faults', () => {
  it('changes a tenant that runs alone, rotates its keys, and removes all faults', async () => {
    const { folder, remove } = temporaryFolder();
    // Where the packages are: the tenant itself needs none there.
    const work = path.join(workFolder(), `faults-${process.pid}`);
    fs.mkdirSync(work, { recursive: true });
    const env = { WORKSHOP_DIR: path.relative(ROOT, work) };
    const say = (...args: string[]) => command('shared/workshop/main.ts', ['faults', ...args], { env }).ended;
    const tenant = command('shared/workshop/tenant.ts', ['--port', '0'], { env, cwd: folder });
    try {
      const { ISSUER_BASE_URL = '' } = await tenant.ready();
      const status = async () => (await fetch(ISSUER_BASE_URL)).status;
      const becomes = async (wanted: number) => {
        while ((await status()) !== wanted) await new Promise(setImmediate);
      };
      expect((await say('tenant', '503')).stdout).to.include('answers 503');
      await becomes(503);
      expect((await say('tenant', 'slow', '300', '--path', '/nowhere')).stdout).to.include(
        'answers 300 ms late for /nowhere',
      );
      await becomes(200);
      const rotated = await say('tenant', 'rotate-keys');
      expect(rotated).to.include({ code: 0 });
      expect((await say('tenant', 'sunny')).code).to.equal(2);
      const earlier = command('shared/workshop/main.ts', ['weather', 'tenant', 'fine'], { env }).ended;
      expect((await earlier).stdout).to.include('tenant  has no faults');
      expect((await say('none')).stdout).to.include('api     has no faults');
      await becomes(200);
      expect(tenant.stderr())
        .to.include('faults: the tenant answers 503')
        .and.include('signing keys changed');
    } finally {
      await tenant.stop('SIGKILL');
      fs.rmSync(work, { recursive: true, force: true });
      remove();
    }
  });
});
