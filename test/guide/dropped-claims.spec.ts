import { expect } from 'chai';
import { text } from '../../shared/browser';
import type { RunningGuide } from '../../shared/guide/index';
import { droppedClaims } from '../../shared/guide/tokens/dropped';
import { Wire } from '../../shared/guide/wire/wire';
import { Recorder } from '../../shared/recorder';
import { AUDIENCE, Client } from '../support/client';
import { action, actions, type ScriptedTenant, startScripted } from '../support/scripts';
import { startBareGuide } from './in-process';

/** A real tenant leaves a claim with a reserved name out without a word, and nobody finds it in the token. */
describe('a claim that an Action set and the tenant left out', () => {
  let test: ScriptedTenant;
  let guide: RunningGuide;
  let client: Client;
  const wire = new Wire();
  before(async () => {
    const recorder = new Recorder({ onChange: (message) => wire.add(message) });
    test = await startScripted(
      actions('roles'),
      {
        'roles.js': action(`api.accessToken.setCustomClaim('roles', event.authorization?.roles ?? []);
if (event.transaction.protocol !== 'oauth2-refresh-token') api.idToken.setCustomClaim('groups', ['a']);`),
      },
      { wrap: recorder.wrap('tenant') },
    );
    guide = await startBareGuide({
      wire,
      tenant: test.tenant,
      places: { issuer: test.tenant.issuer, api: 'http://localhost:4002', audience: AUDIENCE },
    });
  });
  after(async () => {
    await guide?.close();
    await test?.close();
  });
  beforeEach(() => {
    client = new Client(test.tenant);
  });
  afterEach(() => client.close());

  const of = (token = '') => droppedClaims(test.tenant, token).map(({ claim }) => claim);

  it('is reported for each token separately, at a login, at another one and at a refresh', async () => {
    const first = await client.logIn();
    expect([of(first.access_token), of(first.id_token)]).to.deep.equal([['roles'], ['groups']]);
    const { body } = await client.refresh(first.refresh_token);
    expect([of(body.access_token), of(body.id_token)]).to.deep.equal([['roles'], []]);
    // A run that came to no token says nothing of the next one.
    await test.save(
      'roles.js',
      action(`api.idToken.setCustomClaim('org_id', 1); api.access.deny('not today');`),
    );
    await client.callback();
    await test.save('roles.js', action(''));
    const clean = await client.logIn();
    expect([of(clean.access_token), of(clean.id_token)]).to.deep.equal([[], []]);
    expect(of(clean.access_token?.slice(0, -3))).to.deep.equal([]);
    expect(droppedClaims(undefined, first.access_token ?? '')).to.deep.equal([]);
  });

  it('stands beside the token in the workbench and in its message on the wire', async () => {
    await test.save('roles.js', action(`api.accessToken.setCustomClaim('permissions', 'mine');`));
    const { access_token = '' } = await client.logIn();
    const claims =
      /Dropped claim: permissions\. Action roles set it, and the name is reserved; use one in your own namespace/;
    const answer = await fetch(`${guide.origin}/tokens`, {
      method: 'POST',
      body: new URLSearchParams({ token: access_token }),
      headers: { origin: guide.origin },
    });
    const page = (body: string) => text({ body } as Parameters<typeof text>[0]);
    expect(page(await answer.text())).to.match(claims);
    const message = wire.entries.findLast((entry) => entry.message.url.pathname === '/oauth/token');
    const shown = await (await fetch(`${guide.origin}/wire/${message?.n}`)).text();
    expect(page(shown)).to.match(claims);
    expect(shown).not.to.include(access_token);
  });
});
