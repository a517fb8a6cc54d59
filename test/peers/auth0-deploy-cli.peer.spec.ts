import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { ROOT } from '../../shared/steps/layers';
import { type Managed, startManaged } from '../support/management';

const STEP = path.join(ROOT, 'steps/01-configure-your-api/app/tenant.yaml');
const SCHEMA = path.join(ROOT, 'test/support/deploy-cli-schema.js');

/** The command itself, with what docs/management-api.md gives it: settings in the environment. */
describe('the command of auth0-deploy-cli against the local tenant', function () {
  this.timeout(900_000);
  let managed: Managed;
  before(async () => {
    managed = await startManaged('# A new tenant\n');
  });
  after(() => managed?.close());

  async function a0deploy(args: string[], secret = managed.account.client_secret) {
    const manifest = require.resolve('auth0-deploy-cli/package.json');
    const { bin } = JSON.parse(fs.readFileSync(manifest, 'utf8')) as { bin: Record<string, string> };
    const command = path.join(path.dirname(manifest), bin.a0deploy ?? '');
    const child = spawn(process.execPath, ['-r', SCHEMA, command, ...args], {
      cwd: managed.folder,
      env: {
        PATH: process.env.PATH,
        HOME: managed.folder,
        AUTH0_DOMAIN: managed.domain,
        AUTH0_CLIENT_ID: managed.account.client_id,
        AUTH0_CLIENT_SECRET: secret,
        AUTH0_ALLOW_DELETE: 'false',
        NODE_EXTRA_CA_CERTS: managed.tenant.settings().NODE_EXTRA_CA_CERTS ?? '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    const [code] = await once(child, 'close');
    return { code: code as number | null, output };
  }

  it('imports the tenant.yaml of step 01, and exports it again', async () => {
    const imported = await a0deploy(['import', '--input_file', STEP]);
    expect(imported.code, imported.output).to.equal(0);
    expect(imported.output).to.include('Import Successful');
    const names = (yaml: string, section: string) =>
      (parse(yaml)[section] as { name: string }[]).map(({ name }) => name);
    const written = fs.readFileSync(STEP, 'utf8');
    for (const section of ['clients', 'resourceServers', 'databases'])
      expect(names(managed.yaml(), section)).to.deep.equal(names(written, section));
    const exported = await a0deploy(['export', '--format', 'yaml', '--output_folder', 'out']);
    expect(exported.code, exported.output).to.equal(0);
    const out = fs.readFileSync(path.join(managed.folder, 'out', 'tenant.yaml'), 'utf8');
    expect(names(out, 'clients')).to.deep.equal(names(written, 'clients'));
  });

  it('is refused with a wrong secret, and changes nothing', async () => {
    const before = managed.yaml();
    const { code, output } = await a0deploy(['import', '--input_file', STEP], 'wrong');
    expect(code, output).to.equal(1);
    expect(managed.last('token refused')).to.include({ client_id: managed.account.client_id });
    expect(managed.yaml()).to.equal(before);
  });
});
