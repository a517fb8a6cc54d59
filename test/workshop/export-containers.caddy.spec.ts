import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { temporaryFolder } from '../support/workshop';
import { exportFinished, startSite, tryOut } from './containers';

/** Neither a second listener nor changes of this machine: in a container, all of it is Caddy's own. */
const OPTIONS = `{
  admin off
  auto_https disable_redirects
  skip_install_trust
  default_bind 127.0.0.1
}
`;

describe('the Caddyfile of an exported app', () => {
  it('ends https, takes turns, and drops X-Forwarded headers of a browser', async () => {
    const exported = exportFinished();
    const { folder, remove } = temporaryFolder();
    const site = await startSite(exported);
    const file = path.join(folder, 'Caddyfile');
    const text = exported
      .read('Caddyfile')
      .replaceAll(/(127\.0\.0\.1):(\d+)/g, (_, host, port) => `${host}:${site.ports.get(port)}`);
    fs.writeFileSync(file, OPTIONS + text);
    const caddy = spawn('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        XDG_DATA_HOME: folder,
        XDG_CONFIG_HOME: folder,
        BASE_URL: site.origin,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(caddy, 'exit');
    let words = '';
    caddy.stderr.on('data', (chunk) => {
      words += chunk;
    });
    try {
      const authority = path.join(folder, 'caddy', 'pki', 'authorities', 'local', 'root.crt');
      while (!words.includes('serving initial configuration') || !words.includes('certificate obtained')) {
        expect(caddy.exitCode, words).to.equal(null);
        await delay(20);
      }
      await tryOut(site, fs.readFileSync(authority, 'utf8'));
    } finally {
      caddy.kill();
      await ended;
      await site.close();
      exported.remove();
      remove();
    }
  });
});
