import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../shared/steps/layers';
import { stepBranches } from '../../shared/workshop/branches';
import { temporaryFolder } from '../support/workshop';

describe('the branches of the steps', () => {
  const { folder: clone, remove } = temporaryFolder();
  const git = (...args: string[]) => execFileSync('git', args, { cwd: clone }).toString();
  before(() => git('clone', '-q', '--no-hardlinks', ROOT, '.'));
  after(remove);

  it('are the same each time, without a marker, and leave work tree, index and HEAD alone', () => {
    fs.appendFileSync(path.join(clone, 'LICENSE'), 'mine');
    git('add', 'LICENSE');
    fs.appendFileSync(path.join(clone, 'README.md'), 'mine');
    const seen = () => git('status', '--porcelain=v2', '--branch') + git('diff', 'HEAD');
    const before = seen();
    const first = stepBranches(clone);
    const second = stepBranches(clone);
    expect(seen()).to.equal(before);
    expect(second).to.deep.equal(first.map((one) => ({ ...one, changed: false })));
    for (const { name } of first) {
      expect(git('diff', 'HEAD', name, '--', 'shared')).to.equal('');
      const texts = git('archive', name, ':(exclude)shared');
      expect(texts)
        .to.include('server.ts')
        .and.not.match(/BEGIN SOLUTION \d/);
    }
  });

  it('add one commit each, so that a comparison with the one before shows the step alone', () => {
    const made = stepBranches(clone, { dryRun: true });
    const [first, ...rest] = made.map(({ name }) => name);
    expect(git('rev-list', '--count', first ?? '').trim()).to.equal('1');
    for (const [i, name] of rest.entries())
      expect(git('rev-list', `${made[i]?.name}..${name}`).trim()).to.equal(made[i + 1]?.commit);
  });

  it('change no branch in a dry run', () => {
    git('update-ref', 'refs/heads/step-03', 'HEAD');
    const refs = git('for-each-ref');
    expect(
      stepBranches(clone, { dryRun: true })
        .filter(({ changed }) => changed)
        .map(({ name }) => name),
    ).to.deep.equal(['step-03']);
    expect(git('for-each-ref')).to.equal(refs);
  });

  it('are refused while one is checked out', () => {
    stepBranches(clone);
    git('checkout', '-qf', 'step-02');
    expect(() => stepBranches(clone)).to.throw('step-02 is checked out');
  });
});
