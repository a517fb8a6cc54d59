import { expect } from 'chai';
import { forbidden } from '../../shared/party/listen';
import { killCommand, whoListens } from '../../shared/party/who-listens';

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

  it('is told with the program that has it, on Windows in any language', () => {
    expect(whoListens(3000, 'win32', windows)).to.equal('node.exe (process 4711)');
    expect(whoListens(135, 'win32', windows)).to.equal('a program (process 1234)');
    expect(whoListens(4001, 'win32', windows)).to.equal(undefined);
    expect(whoListens(300, 'win32', windows)).to.equal(undefined);
    expect(killCommand('4711', 'win32')).to.equal('taskkill /F /PID 4711');
    expect(killCommand('4711', 'linux')).to.equal('kill 4711');
  });

  it('is told without it where the system has no such command', () => {
    const none = () => {
      throw Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' });
    };
    for (const platform of ['linux', 'darwin', 'win32'] as const)
      expect(whoListens(3000, platform, none)).to.equal(undefined);
  });

  it('is told with why the system refuses it', () => {
    expect(forbidden(4000, 'win32')).to.include('netsh interface ipv4 show excludedportrange protocol=tcp');
    expect(forbidden(80, 'linux')).to.include('below 1024');
    expect(forbidden(4000, 'linux')).not.to.include('1024');
  });
});
