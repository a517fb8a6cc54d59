import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { STEP_OF_STORES } from '../../shared/app-runner/stores';
import { runChecks } from '../../shared/checks/run';
import { storeSettings } from '../../shared/checks/site/settings';
import { UserError } from '../../shared/lib/user-error';
import { alternativesOf, materialiseAlternative } from '../../shared/steps/alternatives';
import { findStep, listSteps, readApp, workFolder } from '../../shared/steps/layers';
import { applyEdit } from '../../shared/steps/mistakes';

describe('a correct answer written in another way', function () {
  this.timeout(60_000);
  const target = path.join(workFolder(), `accepts-layers-${process.pid}`);
  const read = (file: string) => fs.readFileSync(path.join(target, file), 'utf8');
  afterEach(() => fs.rmSync(target, { recursive: true, force: true }));

  it('is the union of its layers, the later one winning, with the step’s own tenant.yaml', () => {
    materialiseAlternative(findStep('2'), 'fetch', target);
    const second = { tokens: read('tokens.ts'), login: read('login.ts') };
    expect(fs.existsSync(path.join(target, 'appointments.ts'))).to.equal(false);
    materialiseAlternative(findStep('4'), 'fetch', target);
    expect(read('login.ts')).to.equal(second.login);
    expect(read('tokens.ts')).to.not.equal(second.tokens);
    expect(read('appointments.ts')).to.match(/callApi/);
    expect(read('tenant.yaml')).to.equal(readApp(4).get('tenant.yaml'));
  });

  it('keeps a tenant.yaml of its own', () => {
    materialiseAlternative(findStep('1'), 'like-json', target);
    expect(read('tenant.yaml')).to.match(/^\{/);
  });

  it('is refused by a name that the step does not have, with those that it has', () => {
    const make = () => materialiseAlternative(findStep('4'), 'passport', target);
    expect(make).to.throw(UserError, 'It has: fetch, one-file');
    expect(fs.existsSync(target)).to.equal(false);
  });

  for (const step of listSteps().filter(({ number }) => number > 2))
    for (const name of alternativesOf(step))
      it(`of step ${step.id}, ${name}: leads nobody to another site after the login either`, async () => {
        materialiseAlternative(step, name, target);
        const appEnv = step.number < STEP_OF_STORES ? {} : storeSettings(target);
        const { checks } = await runChecks({ step: 2, appFolder: target, appEnv }, { only: ['2.return-to'] });
        expect(checks.map(({ id, passed, diagnosis }) => [id, passed, diagnosis?.seen])).to.deep.equal([
          ['2.return-to', true, undefined],
        ]);
      });

  it('passes for no other reason than being right: with one word as the state of all it fails that check', async () => {
    materialiseAlternative(findStep('2'), 'fetch', target);
    const [replace, fixed] = [
      'const [state, nonce, verifier] = [random(),',
      "const [state, nonce, verifier] = ['always-the-same',",
    ];
    applyEdit(target, { file: 'tenant.ts', replace, with: fixed }, 'this test');
    const { checks } = await runChecks({ step: 2, appFolder: target }, { only: ['2.state', '2.pkce'] });
    const failed = checks.filter(({ passed }) => !passed);
    expect(failed.map(({ id, diagnosis }) => [id, diagnosis?.id])).to.deep.equal([
      ['2.state', 'state-reused'],
    ]);
  });
});
