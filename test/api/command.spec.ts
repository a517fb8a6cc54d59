import { expect } from 'chai';
import { command } from '../support/command';

describe('the command of the API', () => {
  const api = (...args: string[]) => command('shared/api/main.ts', args).ended;

  for (const args of [['--nope'], ['--port'], ['extra']]) {
    it(`ends with 2 and one message after ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await api(...args);
      expect(stderr).to.match(/^error: .+\n$/);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    });
  }

  it('ends with 0 after --help', async () => {
    const { code, stdout } = await api('--help');
    expect(code).to.equal(0);
    expect(stdout).to.include('--port').and.include('--env');
  });
});
