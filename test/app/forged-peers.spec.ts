import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { materialiseAlternative } from '../../shared/steps/alternatives';
import { findStep, ROOT, readApp } from '../../shared/steps/layers';
import { Lane } from '../support/lane';

/** The checks in which the tenant lies or fails. */
const CHECKS = ['2.state-compared', '2.id-token', '2.tenant-fails'];

/** Apps of published libraries, as their READMEs have them, and what these checks find in them. */
const APPS: Record<string, Record<string, string>> = {
  // Express shows its own page for their errors, as their READMEs leave it.
  'test/peers/apps/express-openid-connect': { '2.tenant-fails': 'stack-trace-shown' },
  'test/app/peers/auth0-sample': { '2.tenant-fails': 'stack-trace-shown' },
  // The package under it gives its requests no time limit.
  'test/peers/apps/passport-openidconnect': { '2.tenant-fails': 'token-request-without-limit' },
  'test/app/peers/openid-client-example': {
    '2.state-compared': 'nothing-equals-nothing',
    '2.tenant-fails': 'stack-trace-shown',
  },
};

/** A server for the app, and the tenant.yaml of step 02. */
function make(app: string, folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  const file = JSON.stringify(path.join(ROOT, app));
  fs.writeFileSync(
    path.join(folder, 'server.ts'),
    `import http from 'node:http';
const { PORT, BASE_URL = \`http://localhost:\${PORT}\` } = process.env;
const handler = require(${file}).default({ ...process.env, BASE_URL });
for (const host of ['127.0.0.1', '::1']) http.createServer(handler).listen(Number(PORT), host);
`,
  );
  fs.writeFileSync(path.join(folder, 'tenant.yaml'), readApp(2).get('tenant.yaml') ?? '');
}

describe('apps of other libraries, and a tenant that lies', function () {
  this.timeout(60_000);
  const lane = new Lane(findStep('2'), 'forged-peers');
  after(() => lane.close());

  for (const [app, expected] of Object.entries(APPS))
    it(`${app}: ${Object.keys(expected).length} of ${CHECKS.length} checks find something`, async () => {
      const { checks } = await lane.check({ make: (folder) => make(app, folder), only: CHECKS });
      expect(checks.map(({ id }) => id)).to.have.members(CHECKS);
      const failed = checks.filter(({ passed }) => !passed);
      expect(Object.fromEntries(failed.map(({ id, diagnosis }) => [id, diagnosis?.id]))).to.deep.equal(
        expected,
      );
    });

  it('accepts/one-file of step 04, on openid-client alone: none finds anything', async () => {
    const { checks } = await lane.check({
      make: (folder) => materialiseAlternative(findStep('4'), 'one-file', folder),
      only: CHECKS,
    });
    expect(checks.map(({ id, passed }) => passed && id)).to.have.members(CHECKS);
  });
});
