import { expect } from 'chai';
import { codeSpans } from '../../shared/guide/lesson/code-spans';
import { listSteps } from '../../shared/steps/layers';

const marked = (text: string) => codeSpans(text).map((span) => (span.code ? `<${span.text}>` : span.text));

describe('code in a hint', () => {
  it('is between backticks, as many at its end as at its beginning', () => {
    expect(marked('Call `next()` and return.')).to.deep.equal(['Call ', '<next()>', ' and return.']);
    expect(marked('``a `b` c``; `d`')).to.deep.equal(['<a `b` c>', '; ', '<d>']);
    expect(marked('no code')).to.deep.equal(['no code']);
    expect(marked('a ` alone, <b>')).to.deep.equal(['a ` alone, <b>']);
  });

  it('is closed in each hint of each step', () => {
    for (const hint of listSteps().flatMap(({ tasks }) => tasks.flatMap(({ hints }) => hints)))
      for (const { text, code } of codeSpans(hint)) if (!code) expect(text, hint).to.not.include('`');
  });
});
