import { expect } from 'chai';
import { KnownStacks } from '../../shared/app-runner/agent/known-stacks';

describe('the stacks of places that are reached again and again', () => {
  it('name each place, and are written once for each', () => {
    const stacks = new KnownStacks();
    const writer = Error.prepareStackTrace;
    let written = 0;
    Error.prepareStackTrace = (error, sites) => {
      written += 1;
      return writer?.(error, sites) ?? String(error);
    };
    try {
      const one = () => stacks.here();
      const other = () => stacks.here();
      const [first, ...rest] = [1, 2, 3, 4].map((i) => (i === 4 ? other() : one()));
      expect(first).to.match(/at one \(.*known-stacks\.spec\.ts:14:/);
      expect(rest.slice(0, 2)).to.deep.equal([first, first]);
      expect(rest[2]).to.match(/at other \(.*known-stacks\.spec\.ts:15:/);
      expect(written).to.equal(2);
      stacks.clear();
      expect(one()).to.match(/at one /);
      expect(written).to.equal(3);
    } finally {
      Error.prepareStackTrace = writer;
    }
  });
});
