import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { COMMAND, PEERS_PAGE, peersIn, withPeerVersions } from '../lessons/versions';

/** What docs/real-tenant.md says of the clients that work with the tenant, against the tests that try them. */
describe('the table of clients', () => {
  const text = fs.readFileSync(PEERS_PAGE, 'utf8');

  it('names each client that a test tries, and no other', () => {
    const specs = fs.readdirSync(__dirname).filter((file) => file.endsWith('.peer.spec.ts'));
    const listed = peersIn(text).map(({ spec }) => path.basename(spec));
    expect(listed.sort()).to.deep.equal(specs.sort());
  });

  it('has the versions of the lock file', () => {
    expect(withPeerVersions(text), `bring it up to date with: ${COMMAND}`).to.equal(text);
  });
});
