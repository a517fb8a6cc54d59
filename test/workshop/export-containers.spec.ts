import fs from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { materialise } from '../../shared/steps/layers';
import { exportProject } from '../../shared/workshop/export/project';
import { temporaryFolder } from '../support/workshop';
import { appsOf, commandOf, type Exported, exportFinished } from './containers';

describe('an exported app of step 07, in containers', () => {
  let exported: Exported;
  before(() => {
    exported = exportFinished();
  });
  after(() => exported.remove());
  const has = (file: string) => fs.existsSync(path.join(exported.folder, file));

  it('has a compose.yaml whose services, volumes and files exist', () => {
    const { services, volumes } = exported;
    expect(services).to.have.keys('proxy', 'app-1', 'app-2', 'api', 'redis');
    for (const [name, one] of Object.entries(services)) {
      for (const [other, { condition }] of Object.entries(one.depends_on ?? {})) {
        expect(services, name).to.have.property(other);
        if (condition === 'service_healthy') expect(services[other], other).to.have.property('healthcheck');
      }
      for (const volume of one.volumes ?? []) {
        const [from = ''] = volume.split(':');
        if (from.startsWith('./')) expect(has(from), from).to.equal(true);
        else expect(volumes).to.include(from);
      }
      for (const file of [one.env_file ?? []].flat()) expect(has(`${file}.example`), file).to.equal(true);
      if (one.build !== undefined) expect(has(path.join(one.build, 'Dockerfile'))).to.equal(true);
    }
    const used = Object.values(services).flatMap((one) => one.volumes ?? []);
    for (const volume of volumes)
      expect(
        used.some((one) => one.startsWith(`${volume}:`)),
        volume,
      ).to.equal(true);
  });

  it('can be reached by its proxy only, on loopback, to which each process listens on a port of its own', () => {
    const { services } = exported;
    const open = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name]) => name)).to.deep.equal(['proxy']);
    const ports = appsOf(exported).map(([name, one]) => {
      expect(one.network_mode, name).to.equal('service:proxy');
      return one.environment?.PORT;
    });
    expect(new Set(ports).size).to.equal(3);
    const upstreams = [...exported.read('Caddyfile').matchAll(/ 127\.0\.0\.1:(\d+)/g)].map(
      ([, port]) => port,
    );
    expect(upstreams).to.deep.equal(['app-1', 'app-2'].map((name) => services[name]?.environment?.PORT));
    for (const name of ['app-1', 'app-2']) {
      const { API_URL, STORE_URL = '' } = services[name]?.environment ?? {};
      expect(API_URL).to.equal(`http://localhost:${services.api?.environment?.PORT}`);
      expect(services).to.have.property(new URL(STORE_URL).hostname);
    }
  });

  it('has settings that the app reads, and .env.example has each that it must get', () => {
    const example = parseEnv(exported.read('.env.example'));
    expect(example).to.include.keys('STORE_URL', 'STORE_KEYS', 'SESSION_SECRET', 'CLIENT_SECRET');
    const sources = fs
      .readdirSync(exported.folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.startsWith('test'))
      .map(exported.read)
      .join('\n');
    for (const [, { environment = {} }] of appsOf(exported))
      for (const name of Object.keys(environment)) expect(sources).to.match(new RegExp(`\\b${name}\\b`));
    for (const file of ['compose.yaml', 'Caddyfile'])
      for (const [, name = ''] of exported.read(file).matchAll(/(?:\$\{|\{\$)([A-Z_]+)/g))
        expect(example, `${name} of ${file}`).to.have.property(name);
    // The secrets of the app are not the API's.
    expect(exported.services.api?.env_file).to.deep.equal([]);
  });

  it('has an image without what is only for development, in which the app is not root', () => {
    const { dockerfile } = exported;
    const at = (name: string) => dockerfile.findIndex(([one]) => one === name);
    const of = (name: string) => dockerfile[at(name)]?.[1] ?? '';
    expect(of('RUN')).to.equal('npm ci --omit=dev');
    expect(of('USER')).to.equal('node');
    expect(at('USER')).to.be.greaterThan(at('RUN'));
    const copied = dockerfile
      .filter(([name]) => name === 'COPY')
      .map(([, rest]) => rest.split(' ').slice(0, -1));
    for (const file of copied.flat()) expect(has(file), file).to.equal(true);
    const { scripts, dependencies } = JSON.parse(exported.read('package.json'));
    const [, app] = appsOf(exported)[0] ?? [];
    // .env is not in the image: Docker gives its values to the process.
    expect(commandOf(exported, app as NonNullable<typeof app>).join(' ')).to.equal(
      scripts.start.replace('-r ./env.js ', ''),
    );
    expect(commandOf(exported, exported.services.api as NonNullable<typeof app>).join(' ')).to.equal(
      scripts.api.replace('-r ./env-api.js ', ''),
    );
    expect(dependencies).to.include.keys('ts-node', 'libsql', 'redis', 'connect-redis');
  });

  it('has neither secrets nor databases in the image or in git', () => {
    const excluded = (file: string, lines: string) =>
      lines
        .split('\n')
        .filter(Boolean)
        .some((line) => matches(file, line));
    const image = exported.read('.dockerignore');
    const git = exported.read('.gitignore');
    for (const file of ['.env', 'store.db', 'store.db-wal', 'store.db-shm', 'node_modules'])
      for (const lines of [image, git]) expect(excluded(file, lines), file).to.equal(true);
    for (const file of [
      'package.json',
      'package-lock.json',
      'server.ts',
      'tsconfig.json',
      'stores',
      'views',
      'api',
    ])
      expect(excluded(file, image), file).to.equal(false);
    expect(excluded('.env.example', git)).to.equal(false);
  });

  it('has a README.md that says how to start it, and what is left to do on many machines', () => {
    expect(exported.read('README.md'))
      .to.include('docker compose up --build')
      .and.include('rediss://')
      .and.include('`stores/store.ts`')
      .and.not.include('Before others use it');
  });

  it('is what an app of an earlier step is not', () => {
    const { folder, remove } = temporaryFolder();
    try {
      materialise(6, path.join(folder, 'my-app'));
      const { files } = exportProject(path.join(folder, 'my-app'), path.join(folder, 'exported'));
      expect(files).to.include('README.md');
      for (const one of ['compose.yaml', 'Caddyfile', 'Dockerfile', '.dockerignore'])
        expect(files).not.to.include(one);
    } finally {
      remove();
    }
  });
});

/** As git and Docker match a name: `*` is any text. */
function matches(file: string, pattern: string): boolean {
  const text = pattern
    .replace(/\/$/, '')
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*');
  return new RegExp(`^${text}$`).test(file);
}
