import { expect } from 'chai';
import { appFolders } from '../support/check';
import { command } from '../support/command';
import { quietTime } from '../support/quiet-time';

/** Milliseconds. */
const AT_ONCE = 1000;

// On Windows a signal ends a process without asking it.
describe('npm run workshop watch, by Ctrl-C', () => {
  const folders = appFolders();
  after(() => folders.remove());

  it('ends at once', async () => {
    const watch = command('shared/workshop/main.ts', ['watch', '2', '--app', folders.make(2)]);
    try {
      await watch.until(/All \d+ checks of step 02 passed/);
      const took = await quietTime(async () => expect(await watch.stop('SIGINT')).to.equal(0));
      expect(took).to.be.below(AT_ONCE);
    } finally {
      await watch.stop('SIGKILL');
    }
  });
});
