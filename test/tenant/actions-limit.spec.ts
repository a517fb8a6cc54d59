import { expect } from 'chai';
import { Client } from '../support/client';
import { action, actions, type ScriptedTenant, startScripted } from '../support/scripts';

/** Milliseconds, as on a real tenant. Other tests have a shorter one; this one waits for it. */
const LIMIT = 20_000;

describe('an Action that waits for what never comes, at a tenant as it is delivered', () => {
  let test: ScriptedTenant;
  before(async () => {
    test = await startScripted(actions('first'), { 'first.js': action('') });
  });
  after(() => test?.close());

  it('has twenty seconds, and then its login is denied and the tenant goes on', async () => {
    const client = new Client(test.tenant);
    try {
      await client.logIn();
      await test.save('first.js', action('await new Promise(() => {});'));
      const began = Date.now();
      const page = await client.browser.get(client.authorizeUrl(), {
        within: test.tenant.origin,
        patience: 2 * LIMIT,
      });
      const url = new URL(page.headers.location ?? '');
      expect(url.searchParams.get('error')).to.equal('access_denied');
      expect(url.searchParams.get('error_description')).to.include('did not finish within 20 s');
      expect(Date.now() - began).to.be.at.least(LIMIT);
      await test.save('first.js', action(''));
      expect(await client.logIn()).to.have.property('access_token');
    } finally {
      client.close();
    }
  });
});
