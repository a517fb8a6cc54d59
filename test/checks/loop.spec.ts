import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Loop } from '../../shared/checks/loop';
import { findStep, readApp } from '../../shared/steps/layers';
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

  it('run first what says most of the last save: the checks of the task that failed, not of those that waited for it', async () => {
    const folder = folders.make(2);
    const open = readApp(2, { starter: ({ task }) => task === '2.5' }).get('profile.ts') ?? '';
    const right = readApp(2).get('profile.ts') ?? '';
    const only = ['2.two-browsers', '2.code-once', '2.profile', '2.logout'];
    const loop = new Loop(findStep('2'), folder);
    try {
      await loop.open();
      const rounds: string[][] = [];
      for (const text of [open, right]) {
        fs.writeFileSync(path.join(folder, 'profile.ts'), text);
        const results = await loop.run({ only });
        rounds.push((results ?? []).map(({ id, passed }) => `${id} ${passed ? 'right' : 'wrong'}`));
      }
      const [first, second] = rounds;
      expect(first).to.include('2.profile wrong').and.include('2.two-browsers wrong');
      expect(second?.slice(0, 2)).to.deep.equal(['2.profile right', '2.logout right']);
    } finally {
      await loop.close();
    }
  });
});
