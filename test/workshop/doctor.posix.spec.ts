import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { expect } from 'chai';
import { Doctor } from './doctor';

describe('doctor, where the system reports who listens and who may read', () => {
  const fixture = new Doctor('doctor-posix');
  before(() => fixture.open());
  beforeEach(() => fixture.right());
  after(() => fixture.remove());

  it('knows the workshop itself by its command line, and does not have it stopped', async () => {
    const code =
      "require('http').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })";
    const workshop = spawn(process.execPath, ['-e', code, 'shared/guide/main.ts']);
    try {
      const port = String((await once(workshop.stdout, 'data'))[0]).trim();
      const { code, byId, wrong } = await fixture.findings({ APP_PORT: port });
      expect(wrong).to.deep.equal([]);
      expect(code).to.equal(0);
      expect(byId('port-in-use-here')?.seen).to.include(`Port ${port}`).and.include(String(workshop.pid));
    } finally {
      workshop.kill();
    }
  });

  it('reports a .env that others may read', async () => {
    fs.chmodSync(fixture.env, 0o644);
    expect((await fixture.findings()).byId('env-readable')?.mend).to.include('chmod 600');
  });
});
