import { expect } from 'chai';
import { runChecks } from '../../shared/checks/run';
import { applyEdit } from '../../shared/steps/mistakes';
import { appFolders } from '../support/check';

describe('an app that crashes in the last check of a run', () => {
  const folders = appFolders();
  after(() => folders.remove());

  it('fails that check, though the page of the check was right', async () => {
    const appFolder = folders.make(2);
    const route = "    .get('/login', async (req, res) => {\n";
    const crash = "      res.once('finish', () => process.nextTick(() => (undefined as any).oh()));\n";
    applyEdit(appFolder, { file: 'auth.ts', replace: route, with: route + crash }, 'this test');
    const { passed, checks } = await runChecks({ step: 2, appFolder }, { only: ['2.openid-scope'] });
    expect(checks.map(({ id, diagnosis }) => [id, diagnosis?.id])).to.deep.equal([
      ['2.openid-scope', 'app-crashed'],
    ]);
    expect(passed).to.equal(false);
  });
});
