import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listenOnLoopback } from '../../shared/lib/listen';
import { temporaryFolder } from '../support/workshop';
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

  it('names another checkout, and another app, that has a port, with its folder', async () => {
    const { folder, remove } = temporaryFolder();
    const checkout = fs.realpathSync(folder);
    const code =
      "require('http').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })";
    const listens = async (cwd: string) => {
      const child = spawn(process.execPath, ['-e', code, 'shared/guide/main.ts'], { cwd });
      return { child, port: Number(String((await once(child.stdout, 'data'))[0]).trim()) };
    };
    fs.mkdirSync(path.join(checkout, 'shared/guide'), { recursive: true });
    fs.writeFileSync(path.join(checkout, 'shared/guide/main.ts'), '');
    const [guide, app] = await Promise.all([listens(checkout), listens(path.join(checkout, 'shared/guide'))]);
    try {
      const { byId } = await fixture.findings({ GUIDE_PORT: String(guide.port) });
      expect(byId('port-other-checkout')?.seen)
        .to.include(String(guide.port))
        .and.include(`in ${checkout}, another checkout of the workshop`);
      const refused = await listenOnLoopback(() => {}, {
        port: app.port,
        party: 'The app',
        setting: 'APP_PORT',
      }).catch((error: Error) => error);
      expect((refused as Error).message).to.include(`in ${checkout}/shared/guide) already does`);
    } finally {
      for (const { child } of [guide, app]) child.kill();
      remove();
    }
  });

  it('reports a .env that others may read', async () => {
    fs.chmodSync(fixture.env, 0o644);
    expect((await fixture.findings()).byId('env-readable')?.mend).to.include('chmod 600');
  });
});
