import path from 'node:path';
import { expect } from 'chai';
import { text } from '../../shared/browser';
import { startTenant, type Tenant } from '../../shared/tenant';
import type { TenantEvent } from '../../shared/tenant/events';
import { Client } from '../support/client';
import { action, actions, type ScriptedTenant, startScripted } from '../support/scripts';
import { ANN } from '../support/workshop';

const RIGHT = action("api.idToken.setCustomClaim('https://my-app.example/fine', true);");
/** Most logins wait for a thread meanwhile. */
const SLOW = action('await new Promise((resolve) => setTimeout(resolve, 20));');
/** Prints that it runs, and never ends. */
const STUCK = action("console.log('at work'); await new Promise(() => {});");

describe('a login while the tenant stops or restarts', () => {
  let test: ScriptedTenant;
  beforeEach(async () => {
    test = await startScripted(actions('first'), { 'first.js': RIGHT });
  });
  afterEach(() => test?.close());

  /** Resolves when that many events of a type have come. */
  const seen = (type: TenantEvent['type'], count = 1) =>
    new Promise<void>((resolve) => {
      let left = count;
      const end = test.tenant.events.subscribe((event) => {
        if (event.type === type && --left === 0) resolve(end());
      });
    });
  const atWork = () => seen('action output');
  const failures = (types: TenantEvent['type'][]) =>
    test.tenant.events.recent().filter(({ type }) => types.includes(type));
  /** The same tenant once more, at the same address, with what its data folder keeps. */
  const again = (): Promise<Tenant> =>
    startTenant({
      port: test.tenant.port,
      config: path.join(test.folder, 'tenant.yaml'),
      users: path.join(test.folder, 'users.json'),
      data: path.join(test.folder, 'data'),
      env: {},
      watch: false,
    });

  it('gets no answer, rather than a denial, where an Action is at work or about to be', async () => {
    await test.save('first.js', STUCK);
    const clients = Array.from({ length: 8 }, () => new Client(test.tenant));
    const running = atWork();
    // Those that come later wait for a thread.
    const loggedIn = seen('login ok', clients.length);
    const logins = clients.map((client) =>
      client.callback().then(
        (url) => `answered: ${url.search}`,
        (error: Error) => error.message,
      ),
    );
    await Promise.all([running, loggedIn]);
    await test.tenant.close();
    for (const outcome of await Promise.all(logins))
      expect(outcome).to.match(/socket hang up|ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE/);
    expect(failures(['action failed', 'action denied'])).to.deep.equal([]);
    for (const client of clients) client.close();
  });

  it('loses no refresh token, when an Action is at work at a refresh', async () => {
    const client = new Client(test.tenant);
    const { refresh_token } = await client.logIn();
    await test.save('first.js', STUCK);
    const running = atWork();
    const refresh = client.refresh(refresh_token).then(
      ({ status, body }) => `answered: ${status} ${JSON.stringify(body)}`,
      (error: Error) => error.message,
    );
    await running;
    await test.tenant.close();
    expect(await refresh).to.equal('fetch failed');
    expect(failures(['action failed', 'action denied'])).to.deep.equal([]);
    client.close();
  });

  it('that was begun before ends on a page that says what to do', async () => {
    const client = new Client(test.tenant);
    const login = await client.browser.get(client.authorizeUrl());
    await test.tenant.close();
    const restarted = await again();
    try {
      const page = await client.browser.logIn(login, ANN, 'accept', restarted.origin);
      expect(page.status).to.equal(400);
      expect(text(page))
        .to.include('This login is no longer open')
        .and.include('the tenant was restarted')
        .and.include('Go back to the application and log in again.');
    } finally {
      client.close();
      await restarted.close();
    }
  });

  it('never ends in a denial, under load', async function () {
    this.timeout(240_000);
    const restarts = 8;
    await test.save('first.js', SLOW);
    let tenant = test.tenant;
    const outcomes = new Map<string, number>();
    let ended = 0;
    let over = false;
    let wake = () => {};
    /** Until that many logins more have ended. */
    const more = async (logins: number) => {
      const wanted = ended + logins;
      while (ended < wanted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    };
    const worker = async () => {
      while (!over) {
        const client = new Client(tenant);
        const outcome = await client.logIn().then(
          () => 'logged in',
          (error: Error & { code?: string }) => outcomeOf(error),
        );
        client.close();
        // Nobody listens for a moment: others have their turn.
        if (outcome === 'no answer') await new Promise(setImmediate);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        ended++;
        wake();
      }
    };
    const workers = Array.from({ length: 12 }, worker);
    for (let i = 0; i < restarts; i++) {
      await more(12);
      await tenant.close();
      tenant = await again();
    }
    await more(12);
    over = true;
    await Promise.all(workers);
    await tenant.close();
    expect([...outcomes.keys()]).to.include('logged in');
    const expected = ['logged in', 'no answer', 'no longer open', 'the code is gone'];
    expect([...outcomes.keys()].filter((outcome) => !expected.includes(outcome))).to.deep.equal([]);
  });
});

/** How a login ended that met a restart; whatever is not foreseen is reported as it is. */
function outcomeOf({ message, code }: Error & { code?: string }): string {
  if (/ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE/.test(code ?? '') || message === 'fetch failed')
    return 'no answer';
  if (message.includes('with 400') && message.includes('no longer open')) return 'no longer open';
  if (message.includes('Invalid authorization code')) return 'the code is gone';
  return `${code ?? ''} ${message}`.trim();
}
