import { expect } from 'chai';
import { appFolders, checkAtShell } from '../support/check';
import { limitCpu } from '../support/cpu-limit';

/** The first step with all parties and a login; the benchmark does the same with every step. */
const STEP = 2;

describe('on a machine with a tenth of a core', () => {
  const folders = appFolders();
  after(() => folders.remove());

  it(`the finished app of step 0${STEP} passes its checks`, async function () {
    this.timeout(300_000);
    const limit = limitCpu(0.1);
    if (!limit) throw new Error('no control group can be made here');
    try {
      const { code, result } = await checkAtShell(STEP, folders.make(STEP), { limit });
      const failed = result.checks.filter(
        ({ passed, notApplicable }) => !passed && notApplicable === undefined,
      );
      expect(failed).to.deep.equal([]);
      expect([code, result.passed]).to.deep.equal([0, true]);
      expect(limit.throttled(), 'periods in which it had to wait').to.be.above(10);
    } finally {
      await limit.remove();
    }
  });
});
