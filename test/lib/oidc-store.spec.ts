import { expect } from 'chai';
import { Store } from '../../shared/lib/oidc-store';
import { refreshTokenSettings } from '../../shared/tenant/config/schema';
import { refreshTokenTtl } from '../../shared/tenant/provider/lifetimes';

describe("the tenant's store", () => {
  let now: number;
  let reused: string[];
  let store: Store;
  beforeEach(() => {
    now = 1_000_000;
    reused = [];
    store = new Store({
      leewayOf: () => 10,
      onReuse: (_token, reason) => reused.push(reason),
      now: () => now,
    });
  });
  const tokens = () => store.adapter('RefreshToken');
  const token = (rotations: number) => ({ grantId: 'g', clientId: 'c', accountId: 'a', rotations });

  it('forgets what has expired, also when nobody asks for it', async () => {
    for (let i = 0; i < 100; i++) await store.adapter('Session').upsert(`s${i}`, { uid: `u${i}` }, 60);
    expect(store.size).to.equal(100);
    now += 61_000;
    await store.adapter('Session').upsert('new', { uid: 'new' }, 60);
    expect(store.size).to.equal(1);
    expect(await store.adapter('Session').findByUid('u1')).to.equal(undefined);
  });

  it('forgets a grant once nothing is left of what was made from it, and not before', async () => {
    await store.adapter('Grant').upsert('g', {}, 1e9);
    await tokens().upsert('t', token(0), 7200);
    const later = async (milliseconds: number) => {
      now += milliseconds;
      await store.adapter('Session').upsert('any', { uid: 'any' }, 60);
      return (await store.adapter('Grant').find('g')) !== undefined;
    };
    expect(await later(7_100_000)).to.equal(true);
    expect(await later(100_000)).to.equal(false);
    await store.adapter('Grant').upsert('g', {}, 1e9);
    expect(await later(60_000), 'a login may be under way').to.equal(true);
  });

  it('lets one of many parallel callers consume', async () => {
    await store.adapter('AuthorizationCode').upsert('code', { grantId: 'g' }, 60);
    const consume = () => store.adapter('AuthorizationCode').consume('code');
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, consume));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).to.equal(1);
  });

  it('ends the family when a token is consumed twice outside the leeway', async () => {
    await store.adapter('Grant').upsert('g', {}, 600);
    await tokens().upsert('r0', token(0), 600);
    await tokens().consume('r0');
    await tokens().upsert('r1', token(1), 600);
    now += 10_001;
    expect((await tokens().find('r0'))?.consumed).to.be.a('number');
    expect(reused.length).to.equal(1);
  });

  it('forgets a grant whose last token was written again for another one', async () => {
    for (const grant of ['g1', 'g2']) {
      await store.adapter('Grant').upsert(grant, {}, 600_000);
      await store.adapter('UserinfoClaims').upsert('the same token', { grantId: grant }, 60);
    }
    now += 7_200_000;
    await store.adapter('Session').upsert('new', { uid: 'new' }, 60);
    expect(store.size).to.equal(1);
  });

  it('shows the previous token as unused within the leeway, once', async () => {
    await tokens().upsert('r0', token(0), 600);
    await tokens().consume('r0');
    await tokens().upsert('r1', token(1), 600);
    now += 9_000;
    expect((await tokens().find('r0'))?.consumed).to.equal(undefined);
    await tokens().consume('r0');
    expect((await tokens().find('r0'))?.consumed).to.be.a('number');
  });

  it('never shows an older one as unused', async () => {
    await tokens().upsert('r0', token(0), 600);
    await tokens().consume('r0');
    await tokens().upsert('r1', token(1), 600);
    await tokens().consume('r1');
    await tokens().upsert('r2', token(2), 600);
    expect((await tokens().find('r0'))?.consumed).to.be.a('number');
    expect((await tokens().find('r1'))?.consumed).to.equal(undefined);
  });

  it('takes no access token back, but for a code that was used twice', async () => {
    const access = store.adapter('AccessToken');
    await access.upsert('a', { grantId: 'g' }, 600);
    await access.revokeByGrantId('g');
    expect(await access.find('a')).not.to.equal(undefined);
    store.revokeGrant('g');
    expect(await access.find('a')).to.equal(undefined);
  });

  it('revokes what belongs to a grant, and nothing else', async () => {
    await tokens().upsert('mine', token(0), 600);
    await tokens().upsert('other', { ...token(0), grantId: 'h' }, 600);
    await tokens().revokeByGrantId('g');
    expect(await tokens().find('mine')).to.equal(undefined);
    expect(await tokens().find('other')).not.to.equal(undefined);
  });
});

describe('a refresh token lives', () => {
  const settings = (given: object) => refreshTokenSettings.parse({ expiration_type: 'expiring', ...given });

  it('until nobody has used it for its idle lifetime', () => {
    expect(refreshTokenTtl(settings({ token_lifetime: 1000, idle_token_lifetime: 100 }), 0, 0)).to.equal(100);
  });

  it('never past its absolute lifetime, which rotation does not move', () => {
    expect(refreshTokenTtl(settings({ token_lifetime: 1000, idle_token_lifetime: 100 }), 0, 950)).to.equal(
      50,
    );
  });

  it('without either end where the settings say so', () => {
    const never = refreshTokenTtl(settings({ expiration_type: 'non-expiring' }), 0, 1e6);
    expect(never).to.be.greaterThan(9 * 365 * 86_400);
    const idle = settings({ infinite_token_lifetime: true, idle_token_lifetime: 100 });
    expect(refreshTokenTtl(idle, 0, 1e6)).to.equal(100);
  });
});
