import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { OBSERVER_FAULT } from '../../shared/lib/observe';
import { REGISTER, ROOT } from '../../shared/lib/places';
import type { FullDisk } from '../support/full-disk';

describe('a full disk', function () {
  this.timeout(240_000);
  const folder = path.join(ROOT, '.workshop', `test-disk-${process.pid}`);
  let found: FullDisk;
  before(async () => {
    const script = path.join(__dirname, '../support/full-disk.ts');
    const { stdout } = await promisify(execFile)(
      'unshare',
      ['-rm', process.execPath, '-r', REGISTER, script, folder],
      { cwd: ROOT, maxBuffer: 64 * 2 ** 20 },
    );
    found = JSON.parse(stdout) as FullDisk;
  });
  after(() => {
    for (const one of [folder, `${folder}-app`]) fs.rmSync(one, { recursive: true, force: true });
  });

  it('at the first start is reported in plain words, and leaves no empty file', () => {
    expect(found.first.code).to.equal(3);
    expect(found.first.stderr).to.match(
      /cannot be written: the disk is full\. Make room, then run the command again\./,
    );
    expect(found.first.stderr).not.to.match(/report it| {4}at /);
    expect(found.first.empty).to.deep.equal([]);
  });

  it('is reported by the tenant alone and by the doctor, which leave no empty file either', () => {
    expect(found.full.tenant).to.match(/alone\S* cannot be written: the disk is full\. Make room, then run/);
    expect(found.full.tenant).not.to.match(/--data|ENOSPC/);
    expect(found.full.doctor).to.include('disk-full').and.not.to.include('not-writable');
    expect(found.full.empty).to.deep.equal([]);
  });

  it('that left an empty session-secret is in nobody’s way once there is room', () => {
    expect(found.doctor).to.include('empty-files');
    expect(found.secret).to.deep.equal({ status: 303, length: 64 });
  });

  it('that gets full while npm start runs ends nothing; what is not stored is reported once', () => {
    const { statuses, guide, stderr, ended } = found.meanwhile;
    expect(ended).to.equal(false);
    expect(statuses).to.have.members([400, 303]);
    expect(guide).to.equal(200);
    expect(stderr.match(/Older messages of the wire are not stored: .*ENOSPC/g)).to.have.length(1);
    expect(stderr.match(/Nothing is stored for "flow": .*ENOSPC/g)).to.have.length(1);
    expect(stderr).not.to.include(OBSERVER_FAULT);
  });
});
