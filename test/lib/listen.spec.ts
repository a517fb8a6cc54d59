import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { startSaml } from '../../shared/identity-providers/saml';
import { startSocial } from '../../shared/identity-providers/social';
import { forbidden, listenOnLoopback } from '../../shared/lib/listen';
import { killCommand, whoListens } from '../../shared/lib/who-listens';
import { temporaryFolder } from '../support/workshop';

/** What `netstat -ano -p TCP` prints on a German Windows. */
const NETSTAT = `
Aktive Verbindungen

  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN         1234
  TCP    127.0.0.1:3000         0.0.0.0:0              ABHÖREN         4711
  TCP    127.0.0.1:3000         127.0.0.1:50123        HERGESTELLT     4711
  TCP    127.0.0.1:40001        127.0.0.1:4001         HERGESTELLT     99
`;

describe('a port that one cannot have', () => {
  const windows = (command: string, args: string[]) => {
    if (command === 'netstat') return NETSTAT;
    expect(command).to.equal('tasklist');
    return args.includes('PID eq 4711')
      ? '"node.exe","4711","Console","1","50.000 K"\r\n'
      : 'INFORMATION\r\n';
  };

  it('is reported with the program that has it, on Windows in any language', () => {
    expect(whoListens(3000, 'win32', windows)).to.equal('node.exe (process 4711)');
    expect(whoListens(135, 'win32', windows)).to.equal('a program (process 1234)');
    expect(whoListens(4001, 'win32', windows)).to.equal(undefined);
    expect(whoListens(300, 'win32', windows)).to.equal(undefined);
    expect(killCommand('4711', 'win32')).to.equal('taskkill /F /PID 4711');
    expect(killCommand('4711', 'linux')).to.equal('kill 4711');
  });

  it('is reported without it where the system has no such command', () => {
    const none = () => {
      throw Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' });
    };
    for (const platform of ['linux', 'darwin', 'win32'] as const)
      expect(whoListens(3000, platform, none)).to.equal(undefined);
  });

  it('is reported with why the system refuses it', () => {
    expect(forbidden(4000, 'win32')).to.include('netsh interface ipv4 show excludedportrange protocol=tcp');
    expect(forbidden(80, 'linux')).to.include('below 1024');
    expect(forbidden(4000, 'linux')).not.to.include('1024');
  });
});

describe('a party', () => {
  const { folder, remove } = temporaryFolder();
  const open: { close(): Promise<void> }[] = [];
  afterEach(() => Promise.all(open.splice(0).map((party) => party.close())));
  after(remove);

  it('is asked for paths and addresses only', async () => {
    const asked: (string | undefined)[] = [];
    const party = await listenOnLoopback((req, res) => res.end(asked.push(req.url) && ''), {
      port: 0,
      party: 'The party',
      setting: 'none',
    });
    open.push(party);
    const status = async (method: string, target: string) => {
      const socket = net.connect(party.port, '127.0.0.1').setEncoding('latin1');
      let answer = '';
      socket.on('data', (piece) => {
        answer += piece;
      });
      socket.write(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      await once(socket, 'close');
      return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
    };
    const own = `http://localhost:${party.port}/a?b`;
    for (const target of ['/', '//', '/a', own]) expect(await status('GET', target), target).to.equal(200);
    for (const target of ['*', 'http://', 'http://[/', '*?a=b'])
      for (const method of ['GET', 'OPTIONS', 'POST'])
        expect(await status(method, target), target).to.equal(400);
    expect(asked).to.deep.equal(['/', '//', '/a', own]);
  });

  it('that could not write its keys tries again, once it can', async () => {
    const data = path.join(folder, 'keys');
    const parties = {
      social: () => startSocial({ data, callbacks: () => [] }),
      saml: () => startSaml({ data, tenant: () => 'http://localhost:4001/' }),
    };
    for (const [name, start] of Object.entries(parties)) {
      // A file stands where the folder should be.
      fs.writeFileSync(data, '');
      const party = await start();
      open.push(party);
      expect((await fetch(party.origin)).status, name).to.equal(500);
      fs.rmSync(data);
      expect((await fetch(party.origin)).status, name).to.equal(200);
      fs.rmSync(data, { recursive: true });
    }
  });
});
