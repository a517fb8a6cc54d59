import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import express from 'express';
import { onlyFromHere } from '../../shared/guide/guard';
import { PORTS } from '../../shared/guide/settings';
import { PROVIDER_PORTS } from '../../shared/identity-providers/ports';
import { elsewhere, localPorts } from '../../shared/lib/elsewhere';
import { listenOnLoopback } from '../../shared/lib/listen';
import { ROOT } from '../../shared/lib/places';
import { workspace } from '../../shared/workshop/doctor/network';
import { table } from '../../shared/workshop/table';
import { ask } from '../support/ask';

const ALL = [...Object.values(PORTS), ...Object.values(PROVIDER_PORTS)];
const CODESPACE = { CODESPACES: 'true', CODESPACE_NAME: 'name' };
const FORWARD = 'gh codespace ports forward 3000:3000 4000:4000 4001:4001 4002:4002 4003:4003 4004:4004';
const PLACES = {
  guide: 'http://localhost:4000',
  app: 'http://localhost:3000',
  step: '05',
  tenant: 'http://localhost:4001/',
  real: false,
  api: 'http://localhost:4002',
  providers: { social: 'http://localhost:4003', saml: 'http://localhost:4004' },
};

describe('a workspace on the web', () => {
  it('has every port forwarded by the devcontainer, to the same port of the user’s machine', () => {
    const file = path.join(ROOT, '.devcontainer', 'devcontainer.json');
    const { forwardPorts, portsAttributes } = JSON.parse(fs.readFileSync(file, 'utf8'));
    expect(forwardPorts).to.have.members(ALL);
    expect(Object.keys(portsAttributes).map(Number)).to.have.members(ALL);
    for (const one of Object.values(portsAttributes)) expect(one).to.have.property('requireLocalPort', true);
  });

  it('is in the table of npm start, with a command that can be copied whole', () => {
    const text = table(PLACES, CODESPACE);
    expect(text).to.include('GitHub Codespace').and.include('VS Code desktop');
    expect(text.split('\n').map((line) => line.trim())).to.include(FORWARD);
    for (const line of text.split('\n')) expect(line.length, line).to.be.at.most(100);
    expect(table(PLACES, {})).not.to.match(/Codespace|forward/);
  });

  it('is reported by the doctor', () => {
    const [found, ...others] = workspace(ALL, CODESPACE);
    expect(others).to.deep.equal([]);
    expect(found).to.include({ id: 'workspace-on-the-web', level: 'warning' });
    for (const port of ALL) expect(found?.mend).to.include(` ${port}:${port}`);
    expect(workspace(ALL, {})).to.deep.equal([]);
  });

  it('is explained in README.md', () => {
    const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
    expect(readme).to.include(FORWARD).and.include('VS Code desktop');
  });

  it('is explained where the guide refuses its address', async () => {
    const before = process.env.CODESPACES;
    process.env.CODESPACES = 'true';
    let port = 0;
    const guide = await listenOnLoopback(
      express().use(
        onlyFromHere(
          () => port,
          () => [3000, 4001],
        ),
      ),
      { port: 0, party: 'A test', setting: '' },
    );
    port = guide.port;
    try {
      const { status, body } = await ask(port, '/', { headers: { host: `name-${port}.app.github.dev` } });
      expect(status).to.equal(403);
      expect(body)
        .to.include(`gh codespace ports forward ${port}:${port} 3000:3000 4001:4001`)
        .and.include('VS Code desktop');
      // The forwarding of a browser may keep the Host, and then a form says where it comes from.
      const origin = `https://name-${port}.app.github.dev`;
      const form = await ask(port, '/', { headers: { host: `localhost:${port}`, origin } });
      expect(form.status).to.equal(403);
      expect(form.body).to.include('gh codespace ports forward');
    } finally {
      if (before === undefined) delete process.env.CODESPACES;
      else process.env.CODESPACES = before;
      await guide.close();
    }
  });

  it('may be one of Gitpod', () => {
    for (const name of ['GITPOD_WORKSPACE_ID', 'GITPOD_ENVIRONMENT_ID'])
      expect(elsewhere([4000], { [name]: 'x' })?.command).to.equal('ssh -L 4000:localhost:4000 USER@MACHINE');
    expect(elsewhere([4000], {})).to.equal(undefined);
  });

  it('forwards ports of this machine only', () => {
    expect(
      localPorts([
        'http://localhost:3000',
        'https://tenant.eu.auth0.com/',
        undefined,
        'x',
        'http://127.0.0.1:3000',
      ]),
    ).to.deep.equal([3000]);
  });
});
