import { smoke } from './smoke';

describe('the benchmark of a slow machine at its smallest size', () => {
  it('measures numbers, and puts them into words', async function () {
    this.timeout(300_000);
    await smoke('slow');
  });
});
