import { expect } from 'chai';
import { appFolders } from '../support/check';
import { command } from '../support/command';

// On Windows a signal ends a process without asking it.
describe('npm run workshop watch, by Ctrl-C', () => {
  const folders = appFolders();
  after(() => folders.remove());

  it('ends at once', async () => {
    const watch = command('shared/workshop/main.ts', ['watch', '2', '--app', folders.make(2)]);
    try {
      await watch.until(/All \d+ checks of step 02 passed/);
      const start = Date.now();
      expect(await watch.stop('SIGINT')).to.equal(0);
      expect(Date.now() - start).to.be.below(1000);
    } finally {
      await watch.stop('SIGKILL');
    }
  });
});
