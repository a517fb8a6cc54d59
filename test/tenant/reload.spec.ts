import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { text } from '../../shared/browser';
import type { TenantEvent } from '../../shared/tenant/events';
import { AUDIENCE, CALLBACK, Client } from '../support/client';
import { startTestTenant, type TestTenant, YAML } from '../support/tenant';

describe('a saved configuration', () => {
  let test: TestTenant;
  let client: Client;
  before(async () => {
    test = await startTestTenant({ watch: true });
    client = new Client(test.tenant);
  });
  after(async () => {
    client?.close();
    await test?.close();
  });

  /** Saves as many editors do, by renaming a new file over the old one, and waits for the tenant's word on it. */
  function save(content: string): Promise<TenantEvent> {
    const file = path.join(test.folder, 'tenant.yaml');
    const reported = new Promise<TenantEvent>((resolve) => {
      const end = test.tenant.events.subscribe((event) => {
        if (event.type === 'configuration loaded' || event.type === 'configuration refused') {
          end();
          resolve(event);
        }
      });
    });
    fs.writeFileSync(`${file}.new`, content);
    fs.renameSync(`${file}.new`, file);
    return reported;
  }

  it('is in force without a restart, and users remain logged in', async () => {
    const before = await client.logIn();
    const event = await save(
      YAML.replace(
        '- name: Code only',
        '- name: Newcomer\n    callbacks: [http://localhost:3000/callback]\n  - name: Code only',
      ),
    );
    expect(event.type).to.equal('configuration loaded');
    expect(test.tenant.settings()).to.have.property('CLIENT_ID__NEWCOMER', 'Newcomer');
    const page = await client.browser.get(client.authorizeUrl(), { within: test.tenant.origin });
    expect(page.headers.location).to.include('code=');
    expect((await client.refresh(before.refresh_token)).status).to.equal(200);
  });

  it('is read once, though whoever saves has it read and the watch sees it too', async () => {
    const file = path.join(test.folder, 'tenant.yaml');
    const loaded = () =>
      test.tenant.events.recent().filter(({ type }) => type === 'configuration loaded').length;
    const before = loaded();
    fs.writeFileSync(file, `${YAML}# saved, and read\n`);
    await test.tenant.reload();
    expect(loaded()).to.equal(before + 1);
    // The watch has seen the first save by the time at which it reports the next.
    await save(`${YAML}# saved\n`);
    expect(loaded()).to.equal(before + 2);
  });

  it('that is wrong changes nothing, and the log and the page say what is wrong and where', async () => {
    const event = await save(YAML.replace('token_lifetime: 3600', 'token_lifetime: never'));
    expect(event.type).to.equal('configuration refused');
    const [problem] = event.type === 'configuration refused' ? event.problems : [];
    expect(problem).to.match(/tenant\.yaml:5 resourceServers\[0\]\.token_lifetime: must be/);
    expect((await client.logIn()).expires_in).to.equal(3600);
    expect(text(await client.browser.get(test.tenant.origin))).to.include('tenant.yaml:5');
    expect((await save(YAML)).type).to.equal('configuration loaded');
    const page = text(await client.browser.get(test.tenant.origin));
    expect(page).to.include(AUDIENCE);
    expect(page).not.to.include('tenant.yaml:5');
  });

  it('has the callback that was allowed beside its own, also after the next save', async () => {
    const late = 'http://localhost:3999/callback';
    const answer = async (redirect_uri: string) =>
      (await client.browser.get(client.authorizeUrl({ redirect_uri }), { follow: false })).status;
    expect(await answer(late)).to.equal(400);
    test.tenant.allowCallback(late);
    const allowed = [await answer(late), await answer(CALLBACK), await answer(`${late}/other`)];
    expect(allowed).to.deep.equal([302, 302, 400]);
    expect((await save(`${YAML}# saved again\n`)).type).to.equal('configuration loaded');
    expect(await answer(late)).to.equal(302);
    const { applications } = test.tenant.overview();
    expect(applications.find(({ name }) => name === 'Machine')?.callbacks).to.deep.equal([]);
  });
});
