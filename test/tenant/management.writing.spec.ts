import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { writeFull } from '../support/full-tenant';
import { type Managed, startManaged } from '../support/management';
import { YAML } from '../support/tenant';
import { temporaryFolder } from '../support/workshop';

describe('edits by the Management API', () => {
  let managed: Managed;
  beforeEach(async () => {
    managed = await startManaged(YAML);
  });
  afterEach(() => managed?.close());
  const file = () => path.join(managed.folder, 'tenant.yaml');

  it('made at the same time are all in the file, and in force', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `client ${i}`);
    const answers = await Promise.all(names.map((name) => managed.call('POST', '/clients', { name })));
    expect(answers.map(({ status }) => status)).to.deep.equal(names.map(() => 201));
    expect(managed.tenant.overview().applications.map(({ name }) => name)).to.include.members(names);
    for (const name of names) expect(managed.yaml()).to.include(`name: ${name}\n`);
  });

  it('lose nothing of what somebody saves meanwhile', async () => {
    // The editor saves again and again, each time what it read with one line more.
    let saves = 0;
    const editor = setInterval(() => {
      managed.write(`${managed.yaml()}# saved ${++saves}\n`);
    }, 2);
    try {
      for (let i = 0; i < 8; i++) {
        const { status } = await managed.call('POST', '/roles', { name: `role ${i}` });
        expect(status, 'done, or refused in words').to.be.oneOf([201, 409]);
        if (status === 201)
          expect(managed.yaml(), 'and then it stands there').to.include(`name: role ${i}\n`);
      }
    } finally {
      clearInterval(editor);
    }
    const saved = [...managed.yaml().matchAll(/# saved (\d+)/g)].map(([, n]) => Number(n));
    expect(saved).to.deep.equal(Array.from({ length: saves }, (_, i) => i + 1));
  });

  it('begin with the file as it is, though its save was not read yet', async () => {
    managed.write(managed.yaml().replace('name: Web\n', 'name: Web # mine\n    description: by hand\n'));
    expect(
      (await managed.call('PATCH', '/clients/Web', { logo_uri: 'http://localhost/l.png' })).status,
    ).to.equal(200);
    expect(managed.yaml()).to.include('name: Web # mine\n    description: by hand\n');
    expect((await managed.call('GET', '/clients/Web')).body).to.include({ description: 'by hand' });
  });

  it('leave placeholders without a value where nobody reads them, and take none that is sent', async () => {
    managed.write(`${managed.yaml()}emailProvider: { name: smtp, credentials: { pass: ##SMTP_PASS## } }\n`);
    const sent = { description: 'x' };
    expect((await managed.call('PATCH', '/clients/Web', sent)).status).to.equal(200);
    expect(managed.yaml()).to.include('pass: ##SMTP_PASS## }').and.include('description: x');
    for (const logo_uri of ['##SMTP_PASS##', '##OTHER##']) {
      const { status, body } = await managed.call('PATCH', '/clients/Web', { logo_uri });
      expect([status, (body as { message: string }).message]).to.deep.equal([
        400,
        `Payload validation error: ${logo_uri} is a placeholder, which only tenant.yaml itself may have; send its value`,
      ]);
    }
  });

  it('wait until a mistake in the file is fixed', async () => {
    managed.write(managed.yaml().replace('token_lifetime: 3600', 'token_lifetime: never'));
    const before = managed.yaml();
    const { body } = await managed.call('PATCH', '/clients/Web', { description: 'x' });
    expect(body).to.include({ statusCode: 409, errorCode: 'tenant_file_invalid' });
    expect((body as { message: string }).message).to.match(
      /line 5, resourceServers\[0\]\.token_lifetime must be/,
    );
    expect(managed.yaml()).to.equal(before);
  });

  it('keep the file’s mode, and follow a link to it', async () => {
    const real = path.join(managed.folder, 'real.yaml');
    fs.renameSync(file(), real);
    fs.chmodSync(real, 0o640);
    fs.symlinkSync('real.yaml', file());
    expect((await managed.call('PATCH', '/clients/Web', { description: 'x' })).status).to.equal(200);
    expect(fs.lstatSync(file()).isSymbolicLink()).to.equal(true);
    expect(fs.readFileSync(real, 'utf8')).to.include('description: x');
    if (process.platform !== 'win32') expect(fs.statSync(real).mode & 0o777).to.equal(0o640);
    expect(fs.readdirSync(managed.folder).filter((name) => /yaml\.\d/.test(name))).to.deep.equal([]);
  });

  it('do not write again what already counts, and take out what is null', async () => {
    const before = managed.yaml();
    const same = {
      is_first_party: true,
      jwt_configuration: { alg: 'RS256' },
      callbacks: ['http://localhost:3000/callback'],
    };
    await managed.call('PATCH', '/clients/Web', same);
    expect(managed.yaml()).to.equal(before);
    await managed.call('PATCH', '/clients/Web', { description: 'x', refresh_token: { leeway: 3 } });
    expect(managed.yaml()).to.include('leeway: 3').and.to.include('rotation_type: rotating');
    await managed.call('PATCH', '/clients/Web', { description: null, refresh_token: { leeway: null } });
    expect(managed.yaml()).to.equal(before);
  });

  it('take away what names a thing that goes', async () => {
    await managed.call('POST', '/roles', { name: 'reader' });
    const [role] = (await managed.call('GET', '/roles')).body as { id: string }[];
    await managed.call('POST', `/roles/${role?.id}/permissions`, {
      permissions: [
        {
          permission_name: 'read:appointments',
          resource_server_identifier: 'https://appointments.example/api',
        },
      ],
    });
    await managed.call('PATCH', '/tenants/settings', {
      default_audience: 'https://appointments.example/api',
    });
    const api = encodeURIComponent('https://appointments.example/api');
    expect((await managed.call('DELETE', `/resource-servers/${api}`)).status).to.equal(204);
    expect(managed.yaml()).not.to.include('appointments.example');
    expect((await managed.call('DELETE', '/clients/Machine')).status).to.equal(204);
    expect((await managed.call('DELETE', '/clients/Web')).status).to.equal(204);
    expect(managed.yaml()).to.include('enabled_clients: [With leeway');
    expect(managed.last('configuration refused')).to.equal(undefined);
  });
});

describe('code by the Management API', () => {
  let managed: Managed;
  let restore: () => void;
  before(async () => {
    const { folder, remove } = temporaryFolder();
    restore = remove;
    const env = await writeFull(folder);
    managed = await startManaged('', { config: path.join(folder, 'tenant.yaml'), env });
  });
  after(async () => {
    await managed?.close();
    restore?.();
  });
  const folder = () => path.dirname(managed.tenant.overview().file);
  const action = async () => {
    const { body } = await managed.call('GET', '/actions/actions?actionName=Add%20role');
    return (body as { actions: { id: string; code: string; secrets: object[] }[] }).actions[0];
  };

  it('is read from the files that tenant.yaml names, without secrets', async () => {
    const found = await action();
    expect(found?.code).to.equal(fs.readFileSync(path.join(folder(), 'code/add-role.js'), 'utf8'));
    expect(found?.secrets).to.deep.equal([{ name: 'SPACE' }]);
    const [hook] = (await managed.call('GET', '/hooks')).body as { id: string }[];
    expect((await managed.call('GET', `/hooks/${hook?.id}/secrets`)).body).to.deep.equal({
      TOKEN: '_VALUE_NOT_SHOWN_',
    });
  });

  it('is written to them, and tenant.yaml does not change', async () => {
    const before = fs.readFileSync(path.join(folder(), 'tenant.yaml'), 'utf8');
    const code = 'exports.onExecutePostLogin = async () => {};\n';
    const { status } = await managed.call('PATCH', `/actions/actions/${(await action())?.id}`, { code });
    expect(status).to.equal(200);
    expect(fs.readFileSync(path.join(folder(), 'code/add-role.js'), 'utf8')).to.equal(code);
    expect(fs.readFileSync(path.join(folder(), 'tenant.yaml'), 'utf8')).to.equal(before);
    expect(managed.tenant.overview().problems).to.equal(undefined);
  });

  it('that is new gets a file of its own, and overwrites nobody’s', async () => {
    const mine = path.join(folder(), 'actions', 'New.js');
    fs.mkdirSync(path.dirname(mine));
    fs.writeFileSync(mine, '// mine\n');
    const made = await managed.call('POST', '/actions/actions', {
      name: 'New',
      code: '// by the API\n',
      supported_triggers: [{ id: 'post-login', version: 'v3' }],
      secrets: [{ name: 'KEY', value: 'the-key-of-new' }],
    });
    expect(made.status).to.equal(201);
    const yaml = fs.readFileSync(path.join(folder(), 'tenant.yaml'), 'utf8');
    expect(yaml)
      .to.include('code: ./actions/New-2.js')
      .and.to.include('##NEW_KEY##')
      .and.not.to.include('the-key-of-new');
    expect(fs.readFileSync(mine, 'utf8')).to.equal('// mine\n');
    expect(fs.readFileSync(path.join(folder(), 'actions/New-2.js'), 'utf8')).to.equal('// by the API\n');
  });

  it('must be deployed before it can be bound, and cannot be deleted while it is', async () => {
    const { actions } = (await managed.call('GET', '/actions/actions?actionName=New')).body as {
      actions: { id: string }[];
    };
    const id = actions[0]?.id;
    const bind = () =>
      managed.call('PATCH', '/actions/triggers/post-login/bindings', {
        bindings: [{ ref: { type: 'action_id', value: id }, display_name: 'New' }],
      });
    expect((await bind()).body).to.include({ statusCode: 400 });
    expect((await managed.call('POST', `/actions/actions/${id}/deploy`)).status).to.equal(202);
    expect((await bind()).status).to.equal(200);
    expect((await managed.call('DELETE', `/actions/actions/${id}`)).status).to.equal(409);
    expect((await managed.call('DELETE', `/actions/actions/${id}?force=true`)).status).to.equal(204);
    expect((await managed.call('GET', '/actions/triggers/post-login/bindings')).body).to.include({
      total: 0,
    });
  });

  it('cannot be put outside tenant.yaml’s folder', async () => {
    const made = await managed.call('POST', '/rules', { name: '../../escape', script: 'x' });
    expect(made.status).to.equal(400);
    expect(fs.existsSync(path.join(folder(), '../escape.js'))).to.equal(false);
  });
});
