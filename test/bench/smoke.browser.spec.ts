import { smoke } from './smoke';

describe('the benchmark of the guide at its smallest size', () => {
  it('measures numbers, and puts them into words', async function () {
    this.timeout(300_000);
    await smoke('guide');
  });
});
