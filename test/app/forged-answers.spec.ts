import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { STEP_OF_API } from '../../shared/app-runner/own-api';
import { ROOT } from '../../shared/lib/places';
import { listSteps } from '../../shared/steps/layers';
import { removeApps } from '../support/app-in-process';
import { ACCEPTED, HARDENING, MODULES, type Module, REFRESH_MODULES } from './conformance';
import { LyingTenant } from './lying-tenant';

/** The first step that logs users in, and the first that refreshes. */
const [LOGS_IN, REFRESHES] = [2, 4];
/** Step 06 adds an API: its app is that of step 05. */
const STEPS = listSteps()
  .map(({ number }) => number)
  .filter((number) => number >= LOGS_IN && number < STEP_OF_API);

/** What the table in docs/conformance.md says of a test: one cell for each step. */
function cellsOf(name: string, table: string): string[] {
  const row = table.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
  return row
    .split('|')
    .slice(3, -1)
    .map((cell) => cell.trim());
}

describe('the finished app, and a tenant that lies', function () {
  this.timeout(60_000);
  const tenant = new LyingTenant();
  const table = fs.readFileSync(path.join(ROOT, 'docs/conformance.md'), 'utf8');
  const realError = console.error;
  before(async () => {
    console.error = () => {};
    await tenant.open();
  });
  after(async () => {
    console.error = realError;
    await tenant.close();
    removeApps();
  });

  const all = new Map<string, Module | undefined>([...MODULES, ...REFRESH_MODULES]);
  it('docs/conformance.md lists these tests of the OpenID Foundation', () => {
    const listed = [...table.matchAll(/^\| `(oidcc-client-test[a-z0-9-]*)` \|/gm)].map(([, name]) => name);
    expect(listed).to.deep.equal([...all.keys()]);
  });

  for (const [name, module] of all)
    it(`${name}: each step does what docs/conformance.md says`, async () => {
      const found: string[] = [];
      for (const step of STEPS) {
        const applies = module && (step >= REFRESHES || !REFRESH_MODULES.has(name));
        found.push(!applies ? '–' : (await module({ tenant, step })) ? 'passes' : 'fails');
      }
      expect(found).to.deep.equal(cellsOf(name, table));
    });

  for (const [what, module] of HARDENING)
    it(`nobody is logged in with ${what}`, async () => {
      for (const step of STEPS) expect(await module({ tenant, step }), `step ${step}`).to.equal(true);
    });

  for (const [what, module] of ACCEPTED)
    it(`a user is logged in with ${what}, as docs/conformance.md says`, async () => {
      expect(table.replace(/\s+/g, ' ')).to.include(`accepts ${what}`);
      for (const step of STEPS) expect(await module({ tenant, step }), `step ${step}`).to.equal(true);
    });
});
