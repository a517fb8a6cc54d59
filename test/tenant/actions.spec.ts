import { expect } from 'chai';
import { Client, decode } from '../support/client';
import { action, actions, type ScriptedTenant, startScripted } from '../support/scripts';
import { withTenant } from '../support/tenant';
import { ANN, BOB } from '../support/workshop';

const NS = 'https://my-app.example';

describe('an Action', () => {
  let test: ScriptedTenant;
  let client: Client;
  withTenant(
    () =>
      startScripted(actions('first', 'second'), {
        'first.js': action(''),
        'second.js': action(''),
      }),
    (given) => {
      ({ test, client } = given);
    },
  );

  it('puts claims into ID token and access token, also at a refresh, and into /userinfo', async () => {
    await test.save(
      'first.js',
      action(`
  const { office } = event.user.app_metadata;
  api.idToken.setCustomClaim('${NS}/office', office);
  api.accessToken.setCustomClaim('${NS}/office', office).accessToken.setCustomClaim('${NS}/more', { a: [1] });`),
    );
    const tokens = await client.logIn();
    expect(decode(tokens.id_token).payload).to.include({ [`${NS}/office`]: 'Lisbon', nonce: 'the-nonce' });
    expect(decode(tokens.access_token).payload).to.deep.include({
      [`${NS}/office`]: 'Lisbon',
      [`${NS}/more`]: { a: [1] },
      azp: test.tenant.settings().CLIENT_ID,
    });
    const { body } = await client.refresh(tokens.refresh_token);
    for (const token of [body.id_token, body.access_token])
      expect(decode(token).payload).to.include({ [`${NS}/office`]: 'Lisbon' });
    for (const token of [tokens.access_token, body.access_token]) {
      const answer = await fetch(new URL('/userinfo', test.tenant.origin), {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(await answer.json()).to.include({ [`${NS}/office`]: 'Lisbon', email: 'ann@example.com' });
    }
  });

  it('denies a login with its reason, and neither a later Action nor another user’s login is touched', async () => {
    await test.save(
      'first.js',
      action(`if (event.user.email !== 'ann@example.com') api.access.deny('Not on weekdays');`),
    );
    await test.save('second.js', action(`api.idToken.setCustomClaim('${NS}/second', true);`));
    const url = await client.callback({}, BOB);
    expect(Object.fromEntries(url.searchParams)).to.include({
      error: 'access_denied',
      error_description: 'Not on weekdays',
      state: 'the-state',
    });
    expect(test.last('action denied')).to.include({ script: 'Action first', reason: 'Not on weekdays' });
    expect(test.last('authorization refused')?.reason).to.equal('Action first denied: Not on weekdays');
    const other = new Client(test.tenant);
    expect(decode((await other.logIn()).id_token).payload).to.include({ [`${NS}/second`]: true });
    other.close();
  });

  it('runs once for each authorization, though the user consents in between, and at each silent login', async () => {
    await test.save('first.js', action('console.log(event.transaction.prompt.join());'));
    const other = test.credentials('WITH_LEEWAY').client_id;
    const ran = () => test.tenant.events.recent().filter((event) => event.type === 'action output').length;
    const before = ran();
    await client.callback({ client_id: other, prompt: 'consent' });
    expect(ran() - before).to.equal(1);
    expect(test.last('consent given')?.client_id, 'the consent page was shown').to.equal(other);
    await client.callback({ client_id: other, prompt: 'none', scope: 'openid' });
    expect(ran() - before).to.equal(2);
    expect(test.last('action output')?.text).to.equal('none');
  });

  it('separates users who log in at the same time, and a replayed code gets nothing', async () => {
    await test.save(
      'first.js',
      action(`await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
  api.idToken.setCustomClaim('${NS}/me', event.user.user_id);`),
    );
    const all = Array.from({ length: 12 }, (_, i) => ({
      one: new Client(test.tenant),
      user: i % 2 ? BOB : ANN,
    }));
    await Promise.all(
      all.map(async ({ one, user }) => {
        const code = (await one.callback({}, user)).searchParams.get('code') ?? '';
        const { payload } = decode((await one.redeem(code)).body.id_token);
        expect(payload).to.include({ email: user.email, [`${NS}/me`]: payload.sub });
        expect((await one.redeem(code)).body.error).to.equal('invalid_grant');
        one.close();
      }),
    );
  });
});
