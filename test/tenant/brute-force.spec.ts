import http from 'node:http';
import { expect } from 'chai';
import { forms, text } from '../../shared/browser';
import { BruteForceGuard } from '../../shared/tenant/brute-force';
import { tenantConfig } from '../../shared/tenant/config/schema';
import { Client } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';
import { ANN } from '../support/workshop';

const DAY = 24 * 3600 * 1000;

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
    return client.browser.submit(page, form, { email, password }, test.tenant.origin);
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

  it('does not tell whether there is such an account', async () => {
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
      headers: { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
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

  it('counts tries that come at the same time, and the right password among them comes too late', async () => {
    const email = 'many@example.com';
    const pages = await Promise.all(
      Array.from({ length: 30 }, () => new Client(test.tenant)).map(async (one) => {
        const page = await one.browser.get(one.authorizeUrl());
        return { one, page, form: forms(page)[0] };
      }),
    );
    const answers = await Promise.all(
      pages.map(async ({ one, page, form }, i) => {
        if (!form) throw new Error(text(page));
        const answer = await one.browser.submit(
          page,
          form,
          { email, password: `wrong ${i}` },
          test.tenant.origin,
        );
        one.close();
        return answer.status;
      }),
    );
    expect(answers.filter((status) => status === 401)).to.have.lengthOf(10);
    expect(answers.filter((status) => status === 429)).to.have.lengthOf(20);
    expect(test.last('account blocked')).to.include({ identifier: email });
  });

  it('counts tries in a row only, per address or for all, as attackProtection says', () => {
    const settings = (given: object) =>
      tenantConfig.parse({ attackProtection: { bruteForceProtection: given } }).attackProtection
        .bruteForceProtection;
    const guard = new BruteForceGuard();
    const two = settings({ max_attempts: 2 });
    guard.wrong(two, 'a', '1');
    guard.right(two, 'a', '1');
    expect(guard.wrong(two, 'a', '1')).to.equal(false);
    expect(guard.wrong(two, 'A ', '1')).to.equal(true);
    expect([guard.isBlocked(two, 'a', '1'), guard.isBlocked(two, 'a', '2')]).to.deep.equal([true, false]);
    const lockout = settings({ max_attempts: 2, mode: 'count_per_identifier' });
    guard.wrong(lockout, 'b', '1');
    guard.wrong(lockout, 'b', '2');
    expect(guard.isBlocked(lockout, 'b', '3')).to.equal(true);
    expect(guard.isBlocked(settings({ max_attempts: 2, allowlist: ['1'] }), 'a', '1')).to.equal(false);
    expect(guard.isBlocked(settings({ max_attempts: 2, shields: [] }), 'a', '1')).to.equal(false);
    expect(guard.isBlocked(settings({ max_attempts: 2, enabled: false }), 'a', '1')).to.equal(false);
    expect(guard.isBlocked(settings({ max_attempts: 3 }), 'a', '1'), 'a higher threshold').to.equal(false);
  });
});
