import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { hash } from '@node-rs/bcrypt';
import { expect } from 'chai';
import { forms, text } from '../../shared/browser';
import { tenantConfig } from '../../shared/tenant/config/schema';
import { BruteForceGuard } from '../../shared/tenant/users/brute-force';
import type { Caller } from '../../shared/tenant/users/turns';
import { Client } from '../support/client';
import { startTestTenant, type TestTenant, YAML } from '../support/tenant';
import { ANN } from '../support/workshop';

const DAY = 24 * 3600 * 1000;

const ONE_AT_A_TIME = 'attackProtection: { bruteForceProtection: { max_attempts: 1 } }';

describe('brute-force protection', () => {
  let test: TestTenant;
  let client: Client;
  let now = Date.now();
  before(async () => {
    test = await startTestTenant({ now: () => now });
  });
  after(() => test?.close());
  beforeEach(() => {
    client = new Client(test.tenant);
  });
  afterEach(() => client.close());

  const attempt = async (email: string, password: string) => {
    const page = await client.browser.get(client.authorizeUrl());
    const [form] = forms(page);
    if (!form) throw new Error(text(page));
    return client.browser.submit(page, form, { email, password }, { within: test.tenant.origin });
  };
  const tenWrong = async (email: string) => {
    for (let i = 0; i < 10; i++)
      expect((await attempt(email, `wrong ${i}`)).status, `try ${i + 1}`).to.equal(401);
  };
  const BLOCKED = 'Your account has been blocked after multiple consecutive login attempts.';

  it('blocks an account after ten wrong passwords in a row, also for the right one, and after thirty days no more', async () => {
    await tenWrong(ANN.email);
    expect(test.last('account blocked')).to.deep.include({
      identifier: ANN.email,
      reason: '10 wrong passwords in a row (count_per_identifier_and_ip)',
    });
    const page = await attempt(ANN.email.toUpperCase(), ANN.password);
    expect(page.status).to.equal(429);
    expect(text(page)).to.include(BLOCKED);
    expect(test.last('login refused')?.reason).to.equal(
      'brute-force protection: 10 wrong passwords came before',
    );
    now += 30 * DAY - 1;
    expect((await attempt(ANN.email, ANN.password)).status).to.equal(429);
    now += 1;
    await attempt(ANN.email, ANN.password);
    expect(test.last('login ok')?.user_id).to.match(/^auth0\|/);
  });

  it('does not reveal whether there is such an account', async () => {
    await tenWrong('nobody@example.com');
    const page = await attempt('nobody@example.com', 'x');
    expect([page.status, text(page).includes(BLOCKED)]).to.deep.equal([429, true]);
  });

  it('ends when somebody presses the button on the tenant’s page, and only there', async () => {
    const overview = await client.browser.get(test.tenant.origin);
    expect(text(overview)).to.include('nobody@example.com');
    const [form] = forms(overview);
    if (!form) throw new Error('no form');
    const foreign = await client.browser.post(form.action, form.fields, {
      from: 'http://localhost:3000/',
    });
    expect(foreign.status).to.equal(403);
    expect((await attempt('nobody@example.com', 'x')).status).to.equal(429);
    // A page under a name that somebody pointed to this machine looks like one of the tenant's own.
    const rebound = (method: string, at: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { host: 'evil.example', 'sec-fetch-site': 'same-origin', origin: test.tenant.origin };
        http
          .request(new URL(at, test.tenant.origin), { method, headers }, (res) =>
            resolve(res.resume().statusCode),
          )
          .once('error', reject)
          .end(method === 'POST' ? 'identifier=nobody@example.com' : undefined);
      });
    expect([await rebound('GET', '/'), await rebound('POST', '/unblock')]).to.deep.equal([403, 403]);
    expect((await attempt('nobody@example.com', 'x')).status).to.equal(429);
    await client.browser.submit(overview, form);
    expect(test.last('account unblocked')?.identifier).to.equal('nobody@example.com');
    expect((await attempt('nobody@example.com', 'x')).status).to.equal(401);
  });

  /** As many browsers as there are passwords, which send the form at the same time. */
  const atOnce = async (passwords: string[], email: (i: number) => string) => {
    const pages = await Promise.all(
      passwords.map(async (password, i) => {
        const one = new Client(test.tenant);
        const page = await one.browser.get(one.authorizeUrl());
        const [form] = forms(page);
        if (!form) throw new Error(text(page));
        return { one, page, form, values: { email: email(i), password } };
      }),
    );
    return Promise.all(
      pages.map(async ({ one, page, form, values }) => {
        const answer = await one.browser.submit(page, form, values, { within: test.tenant.origin });
        one.close();
        return answer.status;
      }),
    );
  };
  const times = <T>(n: number, of: (i: number) => T) => Array.from({ length: n }, (_, i) => of(i));
  const countOf = (statuses: number[], status: number) => statuses.filter((one) => one === status).length;

  it('verifies ten of thirty wrong passwords that come at the same time', async () => {
    const answers = await atOnce(
      times(30, (i) => `wrong ${i}`),
      () => 'many@example.com',
    );
    expect([countOf(answers, 401), countOf(answers, 429)]).to.deep.equal([10, 20]);
    expect(test.last('account blocked')).to.include({ identifier: 'many@example.com' });
  });

  it('refuses no right password, however many log in to one account at the same time', async () => {
    const refused = () => test.tenant.events.recent().filter(({ type }) => type === 'login refused').length;
    const before = refused();
    const spellings = [ANN.email, ANN.email.toUpperCase(), ` ${ANN.email}`];
    const answers = await atOnce(
      times(16, () => ANN.password),
      (i) => spellings[i % spellings.length] ?? '',
    );
    expect([countOf(answers, 401), countOf(answers, 429), countOf(answers, 503)]).to.deep.equal([0, 0, 0]);
    expect(refused()).to.equal(before);
  });

  it('lets no right password in that waited behind ten wrong ones', async () => {
    const verified: number[] = [];
    const settings = tenantConfig.parse({}).attackProtection.bruteForceProtection;
    const guard = new BruteForceGuard();
    const outcomes = await Promise.all(
      times(11, (i) =>
        guard.attempt(settings, 'a', '1', async () => {
          verified.push(i);
          return i === 10;
        }),
      ),
    );
    expect(outcomes).to.deep.equal([...times(9, () => 'wrong'), 'last wrong', 'blocked']);
    expect(verified).to.deep.equal(times(10, (i) => i));
  });

  describe('whose tries wait', () => {
    const settings = tenantConfig.parse({
      attackProtection: { bruteForceProtection: { max_attempts: 2, mode: 'count_per_identifier' } },
    }).attackProtection.bruteForceProtection;
    /** A guard whose verifications end when the test says so. */
    const held = (patience?: number) => {
      const guard = new BruteForceGuard(Date.now, patience);
      const ends: ((right: boolean) => void)[] = [];
      let begun = 0;
      const attempt = (ip = '1', caller?: Caller) =>
        guard.attempt(
          settings,
          'a',
          ip,
          () => {
            begun++;
            return new Promise<boolean>((resolve) => ends.push(resolve));
          },
          caller,
        );
      /** Lets everything go on that can. */
      const settled = () => new Promise((resolve) => setImmediate(resolve));
      /** Ends the oldest verification, and lets what waited for it go on. */
      const end = async (right: boolean) => {
        await settled();
        ends.shift()?.(right);
        await settled();
      };
      return { guard, attempt, end, settled, begun: () => begun };
    };

    it('are all let in where all are right, many times as many as may be wrong', async () => {
      const { attempt, end } = held();
      const tries = times(16, (i) => attempt(String(i)));
      for (const _ of tries) await end(true);
      expect(await Promise.all(tries)).to.deep.equal(times(16, () => 'right'));
    });

    it('begins the next when one ends, in order, and not before', async () => {
      const { attempt, end, settled, begun } = held();
      const tries = [attempt('1'), attempt('2'), attempt('3'), attempt('4')];
      await settled();
      expect(begun()).to.equal(2);
      await end(true);
      expect(begun()).to.equal(3);
      await end(false);
      expect(begun(), 'one may still be wrong, and one is under way').to.equal(3);
      await end(true);
      await end(true);
      expect(await Promise.all(tries)).to.deep.equal(['right', 'wrong', 'right', 'right']);
    });

    it('keeps no place for a browser that went away', async () => {
      const { attempt, end, begun } = held();
      const away = Object.assign(new EventEmitter(), { closed: false });
      const first = [attempt(), attempt()];
      const left = attempt('1', away);
      const last = attempt();
      away.closed = true;
      away.emit('close');
      expect(away.listenerCount('close')).to.equal(0);
      expect(await left).to.equal('gone');
      expect(await attempt('1', away), 'one that is away already').to.equal('gone');
      await end(true);
      expect(begun(), 'the one that stayed').to.equal(3);
      await end(true);
      await end(true);
      expect(await Promise.all([...first, last])).to.deep.equal(['right', 'right', 'right']);
    });

    it('ends the wait after a time, and gives the place of a verification that failed to the next', async () => {
      const { guard, attempt, end, settled, begun } = held(1);
      const first = [attempt(), attempt()];
      expect(await attempt()).to.equal('busy');
      await end(true);
      await end(true);
      await Promise.all(first);
      const failing = () => guard.attempt(settings, 'a', '1', () => Promise.reject(new Error('no memory')));
      for (let i = 0; i < 5; i++)
        expect(await failing().catch((error: Error) => error.message)).to.equal('no memory');
      const next = attempt();
      await settled();
      expect(begun()).to.equal(3);
      await end(true);
      expect(await next).to.equal('right');
    });

    it('counts what is wrong after the account was unblocked', async () => {
      const { guard, attempt, end, settled, begun } = held();
      const first = [attempt(), attempt()];
      await end(false);
      const waits = attempt();
      await settled();
      expect(begun()).to.equal(2);
      expect(guard.unblock('A')).to.equal(true);
      await settled();
      expect(begun(), 'two may be wrong again, and one is under way').to.equal(3);
      await end(false);
      await end(false);
      expect(await Promise.all([...first, waits])).to.deep.equal(['wrong', 'wrong', 'last wrong']);
    });
  });

  it('verifies nothing for a browser that went away while it waited', async () => {
    const one = await startTestTenant({ yaml: `${YAML}\n${ONE_AT_A_TIME}` });
    const slow = { email: 'slow@example.com', password: 'slow' };
    try {
      // Slow enough that the second request comes while the first is being verified.
      const password_hash = await hash(slow.password, { cost: 13 });
      fs.writeFileSync(
        path.join(one.folder, 'users.json'),
        JSON.stringify([{ email: slow.email, email_verified: true, password_hash }]),
      );
      await one.tenant.reload();
      const send = async () => {
        const browser = new Client(one.tenant);
        const page = await browser.browser.get(browser.authorizeUrl());
        const cookie = await browser.browser.cookies(page.url);
        browser.close();
        const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
        const req = http.request(forms(page)[0]?.action ?? '', { method: 'POST', headers });
        const ended = new Promise((resolve) => {
          req.once('response', (res) => resolve(res.resume().statusCode));
          req.once('error', () => resolve('gone'));
        });
        await new Promise<void>((resolve) => req.end(new URLSearchParams(slow).toString(), resolve));
        return { req, ended };
      };
      const first = await send();
      const second = await send();
      second.req.destroy();
      expect(await second.ended).to.equal('gone');
      const third = await send();
      expect([await first.ended, await third.ended]).to.deep.equal([303, 303]);
      const ok = one.tenant.events.recent().filter(({ type }) => type === 'login ok');
      expect(ok).to.have.lengthOf(2);
    } finally {
      await one.close();
    }
  });

  it('counts tries in a row only, per address or for all, as attackProtection says', async () => {
    const settings = (given: object) =>
      tenantConfig.parse({ attackProtection: { bruteForceProtection: given } }).attackProtection
        .bruteForceProtection;
    const guard = new BruteForceGuard();
    const attempt = (given: typeof two, identifier: string, ip: string, right: boolean) =>
      guard.attempt(given, identifier, ip, async () => right);
    const two = settings({ max_attempts: 2 });
    expect(await attempt(two, 'a', '1', false)).to.equal('wrong');
    expect(await attempt(two, 'a', '1', true)).to.equal('right');
    expect(await attempt(two, 'a', '1', false)).to.equal('wrong');
    expect(await attempt(two, 'A ', '1', false)).to.equal('last wrong');
    expect([guard.isBlocked(two, 'a', '1'), guard.isBlocked(two, 'a', '2')]).to.deep.equal([true, false]);
    const lockout = settings({ max_attempts: 2, mode: 'count_per_identifier' });
    await attempt(lockout, 'b', '1', false);
    await attempt(lockout, 'b', '2', false);
    expect(guard.isBlocked(lockout, 'b', '3')).to.equal(true);
    const configured = settings({ max_attempts: 2, shields: [] });
    await attempt(configured, 'c', '1', false);
    expect(await attempt(configured, 'c', '1', false), 'nothing is blocked').to.equal('wrong');
    expect(guard.isBlocked(settings({ max_attempts: 2, allowlist: ['1'] }), 'a', '1')).to.equal(false);
    expect(guard.isBlocked(settings({ max_attempts: 2, shields: [] }), 'a', '1')).to.equal(false);
    expect(guard.isBlocked(settings({ max_attempts: 2, enabled: false }), 'a', '1')).to.equal(false);
    expect(guard.isBlocked(settings({ max_attempts: 3 }), 'a', '1'), 'a higher threshold').to.equal(false);
  });
});
