import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { expect } from 'chai';
import { listenOnLoopback } from '../../shared/lib/listen';
import { reverseProxy } from '../../shared/lib/reverse-proxy';
import { localHttps } from '../../shared/tenant/https/authority';
import { temporaryFolder } from '../support/workshop';
import { type Exported, exportFinished, type Site, startSite, tryOut } from './containers';

describe('what an exported compose.yaml starts', () => {
  let exported: Exported;
  let site: Site;
  before(async () => {
    exported = exportFinished();
    site = await startSite(exported);
  });
  after(async () => {
    await site?.close();
    exported.remove();
  });

  it('is healthy by the words of its own health check, and is not while nothing listens', () => {
    const [, program, ...args] = exported.services['app-1']?.healthcheck?.test ?? [];
    expect(program).to.equal('node');
    const check = (PORT: string) => spawnSync(process.execPath, args, { env: { PORT } }).status;
    expect(check(String(site.ports.get('3001')))).to.equal(0);
    expect(check(String(site.redis.port + 1))).to.equal(1);
  });

  it('logs a user in behind a proxy that ends https, and forgets nobody when a process or Redis goes away', async () => {
    const { folder, remove } = temporaryFolder();
    const tls = await localHttps(folder);
    const proxy = reverseProxy({
      targets: () => ['3001', '3002'].map((port) => `http://127.0.0.1:${site.ports.get(port)}`),
    });
    const port = Number(new URL(site.origin).port);
    const front = await listenOnLoopback(proxy.handler, { port, party: 'The proxy', setting: 'none', tls });
    try {
      await tryOut(site, fs.readFileSync(tls.authorityFile, 'utf8'));
    } finally {
      proxy.close();
      await front.close();
      remove();
    }
  });
});
