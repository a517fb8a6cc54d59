import { expect } from 'chai';
import { Loop } from '../../shared/checks/loop';
import { findStep } from '../../shared/steps/layers';
import { appFolders } from '../support/check';

describe('the checks of one step, again and again', () => {
  const folders = appFolders();
  after(() => folders.remove());

  it('begin each time with the same appointments at the API: what one round deletes is there in the next', async () => {
    const loop = new Loop(findStep('3'), folders.make(3));
    try {
      await loop.open();
      for (let round = 1; round <= 3; round++) {
        const results = await loop.run({ only: ['3.appointment-deleted'] });
        const seen = results?.map(({ id, passed, notApplicable }) => [id, passed, notApplicable]);
        expect(seen, `round ${round}`).to.deep.equal([['3.appointment-deleted', true, undefined]]);
      }
    } finally {
      await loop.close();
    }
  });
});
