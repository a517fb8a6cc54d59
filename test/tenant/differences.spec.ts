import fs from 'node:fs';
import { expect } from 'chai';
import { client } from '../../shared/tenant/config/schema';
import { GRANT_TYPES, WITHOUT_EFFECT } from '../../shared/tenant/provider/build';
import { Client } from '../support/client';
import { startTestTenant } from '../support/tenant';
import { accepted, acceptedTable, COMMAND, DOC, tableIn } from './accepted';

/** What docs/real-tenant.md says of the differences, against the code that makes them. */
describe('the list of differences from a real tenant', () => {
  const text = fs.readFileSync(DOC, 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  /** The names in code quotes in the first column of the one row that says something. */
  const named = (words: RegExp) => {
    const found = rows.filter((row) => words.test(row));
    expect(found, `rows with ${words}`).to.have.lengthOf(1);
    return [...(found[0]?.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
  };

  it('names every setting of tenant.yaml that is accepted and not read, and none that is read', () => {
    expect(tableIn(text), `the table is not up to date: ${COMMAND}`).to.equal(acceptedTable());
  });

  it('finds such settings by the schema and by the code', () => {
    const all = accepted();
    expect(all.get('')?.withoutEffect).to.include.members(['branding', 'organizations']);
    expect(all.get('clients')?.withoutEffect).to.include.members(['sso', 'web_origins']);
    expect(all.get('clients')?.read).to.include.members(['callbacks', 'is_first_party']);
    expect(all.get('resourceServers')?.refused).to.include('token_encryption');
    expect(all.get('tenant')).to.include({ anything: true });
    expect(all.has('roles'), 'of which all is read').to.equal(false);
  });

  it('names every parameter of /authorize that is taken without effect', async () => {
    expect(named(/^\| the parameters .* change nothing/)).to.deep.equal([...WITHOUT_EFFECT]);
    const test = await startTestTenant();
    const browser = new Client(test.tenant);
    try {
      await browser.logIn();
      const plain = await browser.callback();
      const given = Object.fromEntries(WITHOUT_EFFECT.map((name) => [name, 'x']));
      const same = await browser.callback({ ...given, display: 'page' });
      expect([...same.searchParams.keys()]).to.deep.equal([...plain.searchParams.keys()]);
      expect(test.last('authorization requested')?.parameters).to.include({ organization: 'x' });
    } finally {
      browser.close();
      await test.close();
    }
  });

  it('names every grant type that is accepted and not served', () => {
    const grants = client.shape.grant_types.def.innerType.element.options;
    expect(named(/accepted and not served/)).to.deep.equal(grants.filter((type) => !GRANT_TYPES.has(type)));
  });
});
