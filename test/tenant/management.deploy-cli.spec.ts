import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../shared/steps/layers';
import { type LoadedConfig, loadTenantConfig } from '../../shared/tenant/config/load';
import type { TenantConfig } from '../../shared/tenant/config/schema';
import { type DeployCli, startDeployCli } from '../support/deploy-cli';
import { SECRETS, writeFull } from '../support/full-tenant';
import { type Managed, startManaged } from '../support/management';
import { temporaryFolder } from '../support/workshop';

describe('auth0-deploy-cli against the local tenant', function () {
  this.timeout(240_000);
  let managed: Managed;
  let cli: DeployCli;
  let source: string;
  let vars: Record<string, string>;
  let remove: (() => void) | undefined;

  before(async () => {
    const temporary = temporaryFolder();
    source = temporary.folder;
    remove = temporary.remove;
    vars = await writeFull(source);
    managed = await startManaged('# A new tenant\n', { env: vars });
    cli = await startDeployCli({
      ...vars,
      AUTH0_DOMAIN: managed.domain,
      AUTH0_CLIENT_ID: managed.account.client_id,
      AUTH0_CLIENT_SECRET: managed.account.client_secret,
      AUTH0_ALLOW_DELETE: 'false',
      NODE_EXTRA_CA_CERTS: managed.tenant.settings().NODE_EXTRA_CA_CERTS ?? '',
    });
  });
  after(async () => {
    await cli?.close();
    await managed?.close();
    remove?.();
  });

  const importFile = (file: string) => cli.run('import', { input_file: file, env: true });
  const counted = (lines: string[], verb: string) =>
    lines.filter((line) => line.startsWith(`info: ${verb} [`)).map((line) => /\[(\w+)\]/.exec(line)?.[1]);

  it('imports a file with everything into an empty tenant', async () => {
    const lines = await importFile(path.join(source, 'tenant.yaml'));
    expect(lines.at(-1)).to.equal('info: Import Successful');
    expect(counted(lines, 'Created').sort()).to.deep.equal(
      [
        ...['resourceServers', 'resourceServers', 'clients', 'clients', 'clients'],
        ...['clientGrants', 'clientGrants', 'databases', 'connections', 'connections'],
        ...['roles', 'roles', 'actions', 'rules', 'hooks'],
      ].sort(),
    );
    expect(lines.filter((line) => /^(error|warn)/.test(line) && !/deprecated/.test(line))).to.deep.equal([]);
    expect(managed.last('configuration refused')).to.equal(undefined);
    expect(managed.yaml()).to.match(/^# A new tenant\n/);
  });

  it('leaves what is in force as the file says, and no secret in tenant.yaml', async () => {
    const env = JSON.parse(fs.readFileSync(path.join(managed.folder, 'data/kept-secrets.json'), 'utf8'));
    expect(
      comparable(await loadTenantConfig(path.join(managed.folder, 'tenant.yaml'), { ...env, ...vars })),
    ).to.deep.equal(comparable(await loadTenantConfig(path.join(source, 'tenant.yaml'), vars)));
    for (const secret of Object.values(SECRETS)) {
      expect(managed.yaml()).not.to.include(secret);
      expect(Object.values(env)).to.include(secret);
    }
  });

  it('changes nothing the second time', async () => {
    const before = managed.yaml();
    const lines = await importFile(path.join(source, 'tenant.yaml'));
    expect(lines.at(-1)).to.equal('info: Import Successful');
    expect([...counted(lines, 'Created'), ...counted(lines, 'Deleted')]).to.deep.equal([]);
    expect(managed.yaml()).to.equal(before);
  });

  it('exports what was imported', async () => {
    const out = path.join(managed.folder, 'out');
    const lines = await cli.run('export', { output_folder: out, format: 'yaml', env: true });
    expect(lines.join('\n')).to.include('Writing');
    // The tool itself hides what it takes for a provider's secret.
    const hidden = { CONNECTIONS_GOOGLE_OAUTH2_SECRET: SECRETS.GOOGLE_CLIENT_SECRET };
    const exported = await loadTenantConfig(path.join(out, 'tenant.yaml'), { ...vars, ...hidden });
    const imported = await loadTenantConfig(path.join(source, 'tenant.yaml'), vars);
    expect(comparable(exported, { secrets: false })).to.deep.equal(comparable(imported, { secrets: false }));
  });

  for (const step of fs.readdirSync(path.join(ROOT, 'steps')).filter(hasTenant))
    it(`finds nothing to change in tenant.yaml of step ${step}`, async () => {
      const file = path.join(managed.folder, step, 'tenant.yaml');
      fs.cpSync(path.join(ROOT, 'steps', step, 'app'), path.dirname(file), { recursive: true });
      const before = fs.readFileSync(file, 'utf8');
      await managed.tenant.readFrom(file);
      expect(managed.last('configuration refused')).to.equal(undefined);
      const lines = await importFile(file);
      expect(lines.at(-1)).to.equal('info: Import Successful');
      expect([...counted(lines, 'Created'), ...counted(lines, 'Deleted')]).to.deep.equal([]);
      expect(fs.readFileSync(file, 'utf8')).to.equal(before);
    });

  it('imports the file that the tenant itself reads without touching it: comments, anchors, placeholders', async () => {
    const own = path.join(source, 'tenant.yaml');
    const before = fs.readFileSync(own, 'utf8');
    await managed.tenant.readFrom(own);
    const lines = await importFile(own);
    expect(lines.at(-1)).to.equal('info: Import Successful');
    expect([...counted(lines, 'Created'), ...counted(lines, 'Deleted')]).to.deep.equal([]);
    expect(fs.readFileSync(own, 'utf8')).to.equal(before);
  });

  it('refuses by its own schema what is no tenant, before it asks for anything', async () => {
    const file = path.join(managed.folder, 'wrong', 'tenant.yaml');
    fs.mkdirSync(path.dirname(file));
    for (const [text, expected] of [
      ['clients: [{ name: 1 }]', 'should be string'],
      ['flows: [{ title: without a name }]', "should have required property 'name'"],
    ] as const) {
      fs.writeFileSync(file, text);
      const before = managed.yaml();
      const refused = await importFile(file).then(String, (error: Error) => error.message);
      expect(refused).to.include('Schema validation failed').and.include(expected);
      expect(managed.yaml()).to.equal(before);
    }
  });

  // The last one: the tool remains in this mode.
  it('says itself that nothing would change', async () => {
    const step = fs.readdirSync(path.join(ROOT, 'steps')).filter(hasTenant).at(-1) ?? '';
    const file = path.join(managed.folder, step, 'tenant.yaml');
    await managed.tenant.readFrom(file);
    const lines = await cli.run('import', { input_file: file, env: true, dry_run: true });
    expect(lines).to.include('No changes detected.');
  });

  it('would change nothing of a file with everything but secrets, which no tenant gives out', async () => {
    const own = path.join(source, 'tenant.yaml');
    await managed.tenant.readFrom(own);
    const lines = await cli.run('import', { input_file: own, env: true, dry_run: true });
    const changes = lines.join('\n').matchAll(/^│ (\w+) +│ (CREATE|UPDATE|DELETE) +│/gm);
    expect([...changes].map(([, kind, verb]) => `${verb} ${kind}`)).to.deep.equal([
      'UPDATE Actions',
      'UPDATE Hooks',
      'UPDATE RulesConfigs',
    ]);
  });
});

function hasTenant(step: string): boolean {
  return fs.existsSync(path.join(ROOT, 'steps', step, 'app', 'tenant.yaml'));
}

/** The sections that the tenant has something to say of; the tool adds empty ones for others. */
function pick(config: TenantConfig) {
  const {
    tenant,
    resourceServers,
    clients,
    clientGrants,
    connections,
    roles,
    actions,
    triggers,
    rules,
    hooks,
  } = config;
  // Options that every database has do not stand in the file.
  const databases = config.databases?.map(({ options: _, ...database }) => database);
  const lists = { clients, clientGrants, databases, connections, roles, actions, rules, hooks };
  const { bruteForceProtection } = config.attackProtection;
  return { tenant, resourceServers, triggers, bruteForceProtection, ...lists };
}

/**
 * What a tenant.yaml means: with all defaults, code in place of the names of its files, lists of named things in one order. An export has no secrets, and
 * names a domain where the file has a placeholder.
 */
function comparable({ config, scripts }: LoadedConfig, { secrets = true } = {}): unknown {
  const code = [...scripts.postLogin, ...scripts.rules, ...scripts.hooks].map(({ name, source }) => ({
    name,
    source,
  }));
  const meant = JSON.stringify({ ...pick(config), code }, (key, value) => {
    if (key === 'script' || (key === 'code' && typeof value === 'string')) return undefined;
    // The tool adds these to whatever it exports; they say nothing here.
    if (['status', 'realms', 'is_system'].includes(key)) return undefined;
    if (!secrets && ['secrets', 'rulesConfigs'].includes(key)) return undefined;
    if (key === 'audience') return String(value).replace(/^https:.*\/api\/v2\/$/, 'the Management API');
    return value;
  });
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value))
      return value.map(sorted).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([key, one]) => [key, sorted(one)]),
    );
  };
  return sorted(JSON.parse(meant));
}
