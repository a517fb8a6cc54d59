import { expect } from 'chai';
import { listSteps } from '../../shared/steps/layers';
import { appFolders, check, checkAtShell } from '../support/check';

describe('the checks of steps 01 to N', function () {
  this.timeout(60_000);
  const folders = appFolders();
  after(() => folders.remove());

  for (const { number, id } of listSteps()) {
    it(`pass for the finished app of step ${id}`, async () => {
      // The last one, which has the checks of all steps, as at a shell.
      const folder = folders.make(number);
      const { code, result } =
        number === listSteps().length
          ? await checkAtShell(number, folder, { flags: ['--all'] })
          : await check(number, folder, '--all');
      const open = result.checks.filter((one) => !one.passed);
      // The finished app leaves the optional task out, and a Redis is used only where one is named.
      expect(open.map((one) => [one.id, one.notApplicable !== undefined])).to.deep.equal([
        ...(number < 5 ? [] : [['5.login-options', true]]),
        ...(number < 7 ? [] : [['7.store-away', true]]),
      ]);
      const steps = new Set(result.checks.map((one) => one.id.split('.')[0]));
      expect(steps.size).to.equal(number);
      expect(code).to.equal(0);
    });
  }
});
