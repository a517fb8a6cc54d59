import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../shared/steps/layers';
import { stepBranches } from '../../shared/workshop/branches';

describe('the branches of the steps', () => {
  const clone = fs.mkdtempSync(path.join(os.tmpdir(), 'branches-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: clone }).toString();
  before(() => git('clone', '-q', '--no-hardlinks', ROOT, '.'));
  after(() => fs.rmSync(clone, { recursive: true, force: true }));

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

  it('are refused while one is checked out', () => {
    stepBranches(clone);
    git('checkout', '-qf', 'step-02');
    expect(() => stepBranches(clone)).to.throw('step-02 is checked out');
  });
});
