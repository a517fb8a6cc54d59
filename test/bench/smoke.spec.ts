import { expect } from 'chai';
import { command } from '../support/command';
import { PARTS } from './parts';
import { smoke } from './smoke';

/** What they need not every machine has, so they have files of their own. */
const ELSEWHERE = ['guide', 'slow'];

describe('the benchmark at its smallest size', () => {
  for (const name of PARTS.keys())
    if (!ELSEWHERE.includes(name))
      it(`${name}: measures numbers, and puts them into words`, async function () {
        this.timeout(300_000);
        await smoke(name);
      });

  it('is a command, which prints the words of a part', async () => {
    const bench = command('test/bench/main.ts', ['--smoke', '--only', 'api']);
    expect((await bench.ended).code).to.equal(0);
    expect(bench.stdout()).to.match(/^api\n {2}API, requests\/s/);
    expect(bench.stderr()).to.equal('');
  });

  it('names its parts to whoever asks for another one', async () => {
    const bench = command('test/bench/main.ts', ['--smoke', '--only', 'toString']);
    expect((await bench.ended).code).to.equal(2);
    expect(bench.stderr())
      .to.include('There is no part "toString".')
      .and.include([...PARTS.keys()].join(', '));
  });
});
