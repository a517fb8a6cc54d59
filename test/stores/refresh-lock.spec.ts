import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Configuration } from 'openid-client';
import * as client from 'openid-client';
import { removeApps } from '../support/app-in-process';
import { type FakeTenant, startFakeTenant } from '../support/fake-tenant';
import { until } from '../support/until';
import { temporaryFolder } from '../support/workshop';
import { type Locks, load, openStore, type SharedStore } from './layer';
import { whileRecordsAreAway } from './records';

type Exclusively = <T>(id: string, work: () => Promise<T>) => Promise<T>;
interface LockModule {
  RefreshLock: new (locks: Locks, config: { lockSeconds: number }) => { exclusively: Exclusively };
}
interface Tokens {
  version: number;
  access_token: string;
}
interface TokensModule {
  LoginNeeded: new () => Error;
  SessionTokens: new (
    tenant: () => Promise<Configuration>,
    store: object,
  ) => {
    keep(id: string, response: object): Promise<void>;
    of(id: string): Promise<Tokens | undefined>;
    withAccessToken<T>(id: string, work: (accessToken: string) => Promise<T>): Promise<T>;
  };
}
interface EncryptionModule {
  Encryption: new (keys: readonly Buffer[]) => object;
  encrypted(store: SharedStore['tokens'], encryption: object): object;
}

describe('the lock of a refresh, in the app after step 07', () => {
  const { RefreshLock } = load<LockModule>('refresh-lock');
  const { now } = Date;
  let file: string;
  let remove: () => void;
  let stores: [SharedStore, SharedStore];
  beforeEach(() => {
    const made = temporaryFolder();
    remove = made.remove;
    file = path.join(made.folder, 'store.db');
    stores = [openStore({ url: `file:${file}` }), openStore({ url: `file:${file}` })];
  });
  afterEach(() => {
    Date.now = now;
    remove();
  });
  after(removeApps);
  /** As two processes have it. */
  const locked = (one: 0 | 1, lockSeconds = 60) =>
    new RefreshLock(stores[one].locks, { lockSeconds }).exclusively;
  const isHeld = () => stores[1].locks.isHeld('refresh:ann');

  it('lets one process work for a session at a time, and the other one wait for it', async () => {
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await delay(70);
      order.push(`${name} ends`);
      return name;
    };
    const both = await Promise.all([locked(0)('ann', work('one')), locked(1)('ann', work('other'))]);
    expect(both).to.deep.equal(['one', 'other']);
    expect(order).to.deep.equal(['one begins', 'one ends', 'other begins', 'other ends']);
  });

  it('asks for the lock a few times while it waits, and not all the time', async () => {
    const { acquire } = stores[1].locks;
    let attempts = 0;
    stores[1].locks.acquire = (...lock) => {
      attempts += 1;
      return acquire.apply(stores[1].locks, lock);
    };
    await Promise.all([locked(0)('ann', () => delay(300)), locked(1)('ann', async () => undefined)]);
    expect(attempts).to.be.within(2, 12);
  });

  it('keeps no other session waiting', async () => {
    await locked(0)('ann', () => locked(1)('bob', async () => undefined));
  });

  it('is released when the work is done, and also when it fails', async () => {
    await locked(0)('ann', async () => expect(await isHeld()).to.equal(true));
    expect(await isHeld()).to.equal(false);
    const failed = await locked(0)('ann', () => Promise.reject(new Error('of the work'))).catch(String);
    expect(failed).to.equal('Error: of the work');
    expect(await isHeld()).to.equal(false);
  });

  it('is released by its owner only: work that outlived its lock leaves that of the next owner alone', async () => {
    let ahead = 0;
    Date.now = () => now() + ahead;
    await locked(0)('ann', async () => {
      ahead += 60_000;
      expect(await stores[1].locks.acquire('refresh:ann', 'the next one', 60_000)).to.equal(true);
    });
    expect(await isHeld()).to.equal(true);
  });

  it('gives up with 503 when it is not released for twice its life', async () => {
    let ahead = 0;
    Date.now = () => now() + ahead;
    await stores[1].locks.acquire('refresh:ann', 'somebody', 3_600_000);
    const page = locked(0)('ann', async () => 'worked').catch((error) => error);
    ahead += 120_000;
    expect(await page).to.include({ name: 'PageError', status: 503, title: 'Try again in a moment' });
  });

  it('brings the result of the work, or its error, also when the store fails at the release', async () => {
    for (const one of [stores[0], stores[1]]) {
      const { exclusively } = new RefreshLock(one.locks, { lockSeconds: 60 });
      let comeBack = () => {};
      const name = String(stores.indexOf(one));
      const done = await exclusively(`a${name}`, async () => {
        comeBack = whileRecordsAreAway(file);
        return 'the new tokens';
      }).finally(() => comeBack());
      expect(done).to.equal('the new tokens');
      const failed = await exclusively(`b${name}`, async () => {
        comeBack = whileRecordsAreAway(file);
        throw new Error('of the work');
      })
        .catch(String)
        .finally(() => comeBack());
      expect(failed).to.equal('Error: of the work');
    }
  });

  it('that cannot be taken since the store fails does not let the work begin', async () => {
    const comeBack = whileRecordsAreAway(file);
    let hasBegun = false;
    const page = await locked(0)('ann', async () => {
      hasBegun = true;
    }).catch((error) => error.name);
    comeBack();
    expect([page, hasBegun]).to.deep.equal(['StoreUnavailable', false]);
  });

  describe('and the tokens of a session in two processes:', () => {
    let tenant: FakeTenant;
    let configuration: Configuration;
    before(async () => {
      tenant = await startFakeTenant();
      configuration = await client.discovery(
        new URL(tenant.issuer),
        'app',
        {},
        client.ClientSecretPost('s'),
        {
          execute: [client.allowInsecureRequests],
        },
      );
    });
    after(() => tenant?.close());
    beforeEach(() => tenant.reset());

    const processOf = (one: 0 | 1) => {
      const { SessionTokens } = load<TokensModule>('tokens');
      const { Encryption, encrypted } = load<EncryptionModule>('encryption');
      const sealed = encrypted(stores[one].tokens, new Encryption([Buffer.alloc(32, 7)]));
      return new SessionTokens(async () => configuration, { ...sealed, exclusively: locked(one) });
    };
    /** What a login brings: an access token that has expired, and a refresh token of the tenant. */
    async function logIn(process: ReturnType<typeof processOf>): Promise<void> {
      const page = await fetch(`${tenant.issuer}authorize?nonce=n&redirect_uri=http://localhost/`, {
        redirect: 'manual',
      });
      const code = new URL(page.headers.get('location') ?? '').searchParams.get('code') ?? '';
      const answer = await fetch(`${tenant.issuer}oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'authorization_code', code }),
      });
      const body = { ...((await answer.json()) as object), expires_in: 0 };
      await process.keep('ann', { ...body, claims: () => ({ sub: 'user|1' }) });
      tenant.tokenRequests.length = 0;
    }

    it('requests at both need one refresh, and all get the new access token', async () => {
      const both = [processOf(0), processOf(1)] as const;
      await logIn(both[0]);
      tenant.delay = 100;
      const used = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          both[i % 2 === 0 ? 0 : 1].withAccessToken('ann', async (token) => token),
        ),
      );
      expect(new Set(used).size).to.equal(1);
      expect(tenant.tokenRequests).to.have.lengthOf(1);
      expect(await both[1].of('ann')).to.include({ version: 2, access_token: used[0] });
    });

    it('an owner that was paused until its lock ended does not overwrite what the next one has stored', async () => {
      let ahead = 0;
      Date.now = () => now() + ahead;
      const [paused, next] = [processOf(0), processOf(1)];
      await logIn(paused);
      const release = tenant.hold();
      let called = false;
      const page = paused
        .withAccessToken('ann', async () => {
          called = true;
        })
        .catch((error) => error);
      await until(() => tenant.tokenRequests.length === 1);
      // Its lock ends, and another process stores newer tokens.
      ahead += 60_000;
      const newer = { version: 2, access_token: 'of the next owner', refresh_token: 'r' };
      const { Encryption, encrypted } = load<EncryptionModule>('encryption');
      const store = encrypted(stores[1].tokens, new Encryption([Buffer.alloc(32, 7)])) as {
        replace(id: string, version: number, tokens: object): Promise<boolean>;
      };
      await locked(1)('ann', async () => expect(await store.replace('ann', 1, newer)).to.equal(true));
      release();
      expect((await page).name).to.equal('LoginNeeded');
      expect(called, 'the older answer is used').to.equal(false);
      expect(await next.of('ann')).to.include(newer);
    });
  });
});
