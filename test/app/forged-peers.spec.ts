import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { materialiseAlternative } from '../../shared/steps/alternatives';
import { findStep, ROOT, readApp } from '../../shared/steps/layers';
import { listApps } from '../corpus/apps';
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

/** A right app of the corpus but for one line: jose also takes an ID token without sub, and one for several applications. */
const PASSPORT_OAUTH2 = 'first-b/step02/r1';
const ONE_LINE = [
  '  return payload;\n',
  "  if (!payload.sub || [payload.aud].flat().length > 1) throw new Error('not for this app');\n  return payload;\n",
] as const;

/** Right apps, one of each library. */
const RIGHT = new Map<string, (folder: string) => void>([
  ['openid-client, in one file', alternative('4', 'one-file')],
  ['express-openid-connect', alternative('2', 'express-openid-connect')],
  ['passport, with the strategy of openid-client', alternative('2', 'passport')],
  ['jose, and fetch', alternative('2', 'fetch')],
  ['oauth4webapi, on Koa', corpusApp('second-a/step02/r1')],
  [
    'passport-oauth2, with jose and one line for what jose leaves to the app',
    (folder) => {
      corpusApp(PASSPORT_OAUTH2)(folder);
      const file = path.join(folder, 'server.ts');
      const text = fs.readFileSync(file, 'utf8');
      expect(text.split(ONE_LINE[0])).to.have.length(2);
      fs.writeFileSync(file, text.replace(...ONE_LINE));
    },
  ],
]);

function alternative(step: string, name: string): (folder: string) => void {
  return (folder) => materialiseAlternative(findStep(step), name, folder);
}

function corpusApp(id: string): (folder: string) => void {
  return (folder) => {
    const app = listApps().find((one) => one.id === id);
    if (!app) throw new Error(`The corpus has no app ${id}.`);
    app.make(folder);
  };
}

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

  it(`${PASSPORT_OAUTH2}, on passport-oauth2 and jose: takes an ID token for two applications`, async () => {
    const { checks } = await lane.check({ make: corpusApp(PASSPORT_OAUTH2), only: ['2.id-token'] });
    expect(checks.map(({ diagnosis }) => diagnosis?.id)).to.deep.equal(['audience-shared']);
  });

  for (const [library, make] of RIGHT)
    it(`a right app of ${library}: none finds anything`, async () => {
      const { checks } = await lane.check({ make, only: CHECKS });
      expect(checks.map(({ id, passed }) => passed && id)).to.have.members(CHECKS);
    });
});
