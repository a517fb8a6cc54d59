import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { type Api, startApi } from '../../shared/api';
import { listSteps, materialise, ROOT } from '../../shared/steps/layers';
import { startTenant, type Tenant } from '../../shared/tenant';
import { addMissing } from '../../shared/workshop/env-file';
import { temporaryFolder, USERS } from '../support/workshop';
import { type Command, commands, isAsShown, readLesson } from './lesson';

/** Parts one command's output from the next one's. */
const MARK = '<<<the next block>>>';

/**
 * What a reader types, in one shell from lesson to lesson: a lesson's own commands after the definitions of the lessons before. Only ports and the
 * .env file are other ones than in the text.
 */
describe('the commands of a lesson, typed by hand', function () {
  // Some dozen processes each, one after another, while other test files run.
  this.timeout(120_000);
  const { folder, remove } = temporaryFolder();
  const data = path.join(folder, 'data');
  const envFile = path.join(folder, '.env');
  const configOf = (step: { id: string }) => path.join(folder, step.id, 'tenant.yaml');
  let tenant: Tenant;
  let api: Api;

  before(async () => {
    const steps = listSteps();
    for (const step of steps) materialise(step.number, path.join(folder, step.id));
    // The newest knows every application, whose credentials .env has from the beginning.
    const [newest = { id: '' }] = steps.toReversed();
    tenant = await startTenant({ config: configOf(newest), users: USERS, data, env: {}, watch: false });
    // As npm start writes it.
    addMissing(envFile, tenant.settings());
    api = await startApi({ issuer: new URL(tenant.issuer), audience: tenant.settings().AUDIENCE ?? '' });
  });
  after(async () => {
    await api?.close();
    await tenant?.close();
    remove();
  });

  for (const step of listSteps()) {
    it(`step ${step.id}: each prints what the lesson shows`, async () => {
      await tenant.readFrom(configOf(step));
      const own = commands(readLesson(step.folder));
      expect(
        own.filter(({ setup }) => !setup),
        'commands',
      ).not.to.be.empty;
      const before = listSteps()
        .filter(({ number }) => number < step.number)
        .flatMap((earlier) => commands(readLesson(earlier.folder)).filter(({ setup }) => setup));
      const outputs = await run([...before, ...own]);
      own.forEach(({ line, expected }, i) => {
        const output = outputs[before.length + i] ?? '(never reached)';
        const shown = here(expected ?? '');
        expect(
          isAsShown(output, shown),
          `README.md:${line} of step ${step.id} prints\n${output}\ninstead of\n${shown}`,
        ).to.equal(true);
      });
    });
  }

  /** The parties of this test in place of the lesson's. */
  const here = (text: string) =>
    text
      .replaceAll('http://localhost:4001', tenant.origin)
      .replaceAll('http://localhost:4002', api.origin)
      .replaceAll(' .env)', ` ${envFile})`);

  async function run(blocks: Command[]): Promise<string[]> {
    const script = path.join(folder, 'script.sh');
    fs.writeFileSync(
      script,
      `set -euo pipefail\n${blocks.map((block) => `${here(block.script)}echo '${MARK}'\n`).join('')}`,
    );
    const child = spawn('bash', ['-c', `exec 2>&1; . '${script}'`], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: folder, TENANT_DATA: path.join(folder, 'other-data') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const [code] = await once(child, 'close');
    expect(code, `the exit code; all that was printed:\n${output}`).to.equal(0);
    return output.split(`${MARK}\n`);
  }
});
