import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../shared/lib/places';
import { LONGEST, longestFirst } from './order';

describe('the order of the test files', () => {
  it('names files that exist as the longest', () => {
    expect(LONGEST.filter((file) => !fs.existsSync(path.join(ROOT, file)))).to.deep.equal([]);
  });

  it('has each file once, the longest first', () => {
    const [longest = ''] = LONGEST;
    expect(longestFirst(['test/b.spec.ts', longest, 'test/a.spec.ts'])).to.deep.equal([
      longest,
      'test/a.spec.ts',
      'test/b.spec.ts',
    ]);
  });
});
