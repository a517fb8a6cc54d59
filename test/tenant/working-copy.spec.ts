import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../shared/lib/places';
import { workingCopy } from '../../shared/tenant/commands/working-copy';
import { managementAccount } from '../../shared/tenant/management/system-api';
import { partiesAtTheShell } from '../shell/party-commands';
import { inProcess } from '../support/in-process';
import { temporaryFolder } from '../support/workshop';

/** What is in a folder and below it. */
const stateOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [
        path.relative(folder, file),
        createHash('sha1').update(fs.readFileSync(file)).digest('hex'),
      ]),
  );

describe('the working copy of a step’s tenant.yaml', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);
  const step = path.join(folder, 'step');
  const config = path.join(step, 'tenant.yaml');
  const data = path.join(folder, 'data');
  const action = path.join('actions', 'add-role.js');
  before(() => {
    fs.mkdirSync(path.join(step, 'actions'), { recursive: true });
    fs.writeFileSync(config, 'clients: []\n');
    fs.writeFileSync(path.join(step, action), '// code\n');
  });

  it('has the code beside it, and persists with its edits', () => {
    const copy = workingCopy(config, data);
    expect(path.dirname(path.dirname(copy))).to.equal(data);
    expect(stateOf(path.dirname(copy))).to.deep.equal(stateOf(step));
    fs.writeFileSync(copy, 'clients: [{ name: Edited }]\n');
    expect(workingCopy(config, data)).to.equal(copy);
    expect(fs.readFileSync(copy, 'utf8')).to.include('Edited');
    expect(fs.readFileSync(config, 'utf8')).to.equal('clients: []\n');
  });

  it('begins again by --reset, and when the step changes', () => {
    const copy = workingCopy(config, data);
    fs.writeFileSync(copy, 'clients: [{ name: Edited }]\n');
    expect(workingCopy(config, data, true)).to.equal(copy);
    expect(fs.readFileSync(copy, 'utf8')).to.equal('clients: []\n');
    fs.writeFileSync(path.join(step, action), '// other code\n');
    const other = workingCopy(config, data);
    expect(other).not.to.equal(copy);
    expect(fs.readFileSync(path.join(path.dirname(other), action), 'utf8')).to.equal('// other code\n');
    expect(fs.readdirSync(data).filter((name) => name.includes('.'))).to.deep.equal([]);
  });
});

describe('a tenant that starts alone, without my-app', () => {
  const { folder, tenant } = partiesAtTheShell(inProcess);

  it('changes no file of the repository, whatever the Management API edits', async () => {
    const before = stateOf(path.join(ROOT, 'steps'));
    const { ISSUER_BASE_URL = '' } = await tenant(['--port', '0'], {
      MY_APP: path.join(folder, 'none'),
    }).ready();
    const account = await managementAccount(path.join(folder, 'data'));
    const call = async (route: string, method: string, body: object, token?: string) => {
      const response = await fetch(new URL(route, ISSUER_BASE_URL), {
        method,
        headers: {
          'content-type': 'application/json',
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    };
    const granted = await call('oauth/token', 'POST', {
      ...account,
      grant_type: 'client_credentials',
      audience: `${ISSUER_BASE_URL}api/v2/`,
    });
    const { access_token } = granted.body;
    const application = { name: 'Made by the API', callbacks: ['http://localhost:3000/callback'] };
    expect((await call('api/v2/clients', 'POST', application, access_token)).status).to.equal(201);
    const code = 'exports.onExecutePostLogin = async () => {};\n';
    const made = { name: 'Made as well', code, supported_triggers: [{ id: 'post-login', version: 'v3' }] };
    expect((await call('api/v2/actions/actions', 'POST', made, access_token)).status).to.equal(201);
    expect(stateOf(path.join(ROOT, 'steps'))).to.deep.equal(before);
    const [copy = ''] = fs
      .readdirSync(path.join(folder, 'data'))
      .filter((name) => name.startsWith('config-'));
    const text = fs.readFileSync(path.join(folder, 'data', copy, 'tenant.yaml'), 'utf8');
    expect(text).to.include('Made by the API').and.include('Made as well');
  });
});
