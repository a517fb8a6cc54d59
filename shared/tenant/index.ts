import type http from 'node:http';
import path from 'node:path';
import type { JWK } from 'jose';
import { listenOnLoopback } from '../lib/listen';
import { Store } from '../lib/oidc-store';
import type { OwnProviders } from '../lib/own-providers';
import { watchFiles } from '../lib/watch';
import { Pipeline } from './actions/pipeline';
import { ScriptWatch } from './actions/watch';
import { BruteForceGuard } from './brute-force';
import { ConfigurationError, type ConfigurationProblem } from './config/load';
import { TRIGGERS } from './config/scripts';
import { ExternalLogins } from './connections/external-logins';
import { ConsentStore } from './consents';
import { EventStream } from './events';
import { Stamps } from './file-versions';
import { type Files, loadFiles, rolesPath } from './files';
import { localHttps } from './https/authority';
import {
  keysPath,
  makeNextKey,
  openDataFolder,
  type Rotation,
  revokePreviousKey,
  rotateKeys,
  type SigningKey,
} from './keys';
import { ManagementApi } from './management/api';
import { ConfigWriter } from './management/config-writer';
import type { Management } from './management/management';
import { type ManagementData, openManagement } from './management/open';
import type { OverviewPage } from './pages';
import { buildProvider } from './provider/build';
import type { TenantContext } from './provider/context';
import { keysByAlgorithm } from './provider/signing-keys';
import { overview } from './routes/overview';
import { type Current, requestHandler } from './server';
import { settings } from './settings';
import type { Snapshot } from './snapshot';
import { UserDirectory } from './users/directory';

export interface TenantOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  /** Path of tenant.yaml. */
  config: string;
  /** Folder from which the paths of code in tenant.yaml begin, for a file that is a copy of another. Default: tenant.yaml's own. */
  base?: string | undefined;
  /** Path of users.json. */
  users: string;
  /** Path of user-roles.json. Default: the file of this name beside users.json, when there is one. */
  roles?: string;
  /** Folder for keys, credentials and what is kept of users, made if absent and private to the user. */
  data: string;
  /** Whether only keys and credentials outlive the tenant, so that it begins with nobody's log-ins and changes. Default: false. */
  forgetful?: boolean;
  /** Default: http://localhost:PORT/, or https:// with `https`. */
  issuer?: string;
  /** Speaks https with a certificate of the local authority, which is kept in the data folder. Default: false. */
  https?: boolean;
  /** Client IDs and secrets may come from here. Default: process.env. */
  env?: NodeJS.ProcessEnv;
  /** Whether saves of the files are picked up. Default: true. */
  watch?: boolean;
  /** New keys and credentials. Default: false. */
  reset?: boolean;
  /** Whether the key that signs after the next rotation is made and published ahead, as on a real tenant. Default: false, since it takes time. */
  nextKey?: boolean;
  /** Changes the lifetime of an access token, in seconds: checks make the first one short. */
  accessTokenLifetime?: TenantContext['accessTokenLifetime'];
  /** Milliseconds since the epoch, for how long an account stays blocked after wrong passwords; tests move it. */
  now?: () => number;
  /** The workshop's own providers, for connections that name no others. */
  providers?: OwnProviders;
  /** Milliseconds that Actions, Rules and Hooks may take at a log-in. Default: 20000, as on a real tenant. */
  scriptTimeLimit?: number;
  /** Lets a recorder see every request. */
  wrap?: (handler: http.RequestListener) => http.RequestListener;
}

export interface Tenant {
  port: number;
  /** http://localhost:PORT, or https://…, where it listens. */
  origin: string;
  /** With a trailing slash. */
  issuer: string;
  events: EventStream;
  users: UserDirectory;
  /**
   * What an application needs to know: ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, AUDIENCE, CLIENT_ID__NAME, …; with https also the
   * local authority's certificate as NODE_EXTRA_CA_CERTS.
   */
  settings(): Record<string, string>;
  /** What applications may now ask for. */
  overview(): OverviewPage;
  /** Takes another tenant.yaml from now on, and reads it as `reload` does; `base` as in the options. */
  readFrom(config: string, base?: string): Promise<void>;
  /** Reads the files again, as a save does; a bad one changes nothing and is told in an event. */
  reload(): Promise<void>;
  /** The keys that are published, and what each is for. */
  keys(): SigningKey[];
  /** Has the next key sign from now on; the present one stays published. `npm run -s tenant -- rotate-keys` does the same from outside. */
  rotateKeys(): Promise<Rotation>;
  /** Ends the previous key: what it signed is refused from now on, wherever the keys are read again. */
  revokePreviousKey(): Promise<string | undefined>;
  /** How many things (sessions, tokens, …) are held in memory. */
  size(): number;
  close(): Promise<void>;
}

/**
 * Starts the embedded authorization server on loopback.
 *
 * @throws ConfigurationError with every mistake in tenant.yaml, users.json and user-roles.json; UserError for a taken port.
 */
export async function startTenant(given: TenantOptions): Promise<Tenant> {
  const options = { ...given };
  const { port = 0, env = process.env, watch = true } = options;
  let data = await openDataFolder(options.data, { reset: options.reset ?? false });
  const events = new EventStream();
  const kept = await openManagement(options.data, events);
  // What came by the Management API counts where the environment says nothing.
  const load = () => loadFiles(options, data, { ...kept.secrets.values, ...env });
  const own = () => [options.config, options.users, rolesPath(options)];
  const stamps = new Stamps();
  stamps.note(own());
  const first = await load();
  stamps.keep([...own(), ...first.snapshot.loaded.alsoRead]);
  const tls = options.https ? await localHttps(options.data) : undefined;
  const folder = options.forgetful ? undefined : options.data;
  const onTrouble = (reason: string) => events.emit({ type: 'not kept', reason });
  const consents = await ConsentStore.open(folder, onTrouble);
  const users = await UserDirectory.open({
    folder,
    onTrouble,
    onDelete: (userId) => {
      consents.withdraw(userId);
      store.forget(userId);
    },
  });
  let current: Current | undefined;
  const now = (): Current => {
    if (!current) throw new Error('the tenant is not ready yet');
    return current;
  };
  let managementHandler: http.RequestListener | undefined;
  const handler = requestHandler(now, {
    management: (req, res) => {
      managementHandler ??= managementApi()(management(options, env, kept, now, reload));
      managementHandler(req, res);
    },
  });
  const server = await listenOnLoopback(options.wrap?.(handler) ?? handler, {
    port,
    party: 'The tenant',
    setting: '--port N or TENANT_PORT',
    tls,
  });
  const origin = `${tls ? 'https' : 'http'}://localhost:${server.port}`;
  const issuer = withSlash(options.issuer ?? origin);
  const store = new Store({
    leewayOf: (id) => now().tenant.snapshot.client(id)?.refresh_token.leeway ?? 0,
    onReuse: ({ clientId, accountId }, reason) =>
      events.emit({
        type: 'refresh token reused',
        code: 'ferrt',
        client_id: clientId,
        user_id: accountId,
        reason,
      }),
  });
  const externalLogins = new ExternalLogins(options.providers, options.data);
  const ownApi = new ManagementApi(issuer, kept.account);
  const bruteForce = new BruteForceGuard(options.now);
  const serve = (next: Snapshot, scripts: Pipeline) => {
    next.management = ownApi;
    const tenant: TenantContext = {
      issuer,
      snapshot: next,
      scripts,
      store,
      consents,
      users,
      externalLogins,
      bruteForce,
      events,
      publicKeys: keysByAlgorithm(data.signingKeys, next).map(publicPart),
      accessTokenLifetime: options.accessTokenLifetime ?? ((seconds) => seconds),
    };
    const provider = buildProvider(tenant, data);
    current = {
      tenant,
      provider,
      handler: provider.callback(),
      problems: undefined,
      file: path.resolve(options.config),
    };
  };
  const use = ({ snapshot: next, ...files }: Files) => {
    users.use(files.users, files.roles, next.firstDatabase);
    const before = current?.tenant.scripts;
    const scripts = new Pipeline(next.loaded.scripts, events, options.scriptTimeLimit ?? SCRIPT_TIME_LIMIT);
    serve(next, scripts);
    if (before) retire(before);
    events.emit({
      type: 'configuration loaded',
      applications: next.config.clients.map((client) => client.name),
      apis: next.config.resourceServers.map((api) => api.identifier),
    });
    for (const reason of files.users.hints)
      events.emit({ type: 'users hint', file: files.users.file, reason });
    tellIdleRoles(now().tenant);
    scripts.tell();
  };
  /** Log-ins under way finish with the code with which they began. */
  const retired = new Set<Pipeline>();
  const retire = (scripts: Pipeline) => {
    retired.add(scripts);
    void scripts.close().then(() => retired.delete(scripts));
  };
  use(first);
  events.emit({ type: 'started', issuer });
  const watching = () => (watch ? watchFiles(own(), saved) : undefined);
  let watcher = watching();
  const keysWatcher = watch ? watchFiles([keysPath(options.data)], () => readKeys()) : undefined;
  const scriptWatch = watch ? new ScriptWatch(saved) : undefined;
  let moving: Promise<void> = Promise.resolve();
  let reading: Promise<void> = Promise.resolve();
  await Promise.all([watcher?.ready, keysWatcher?.ready, scriptWatch?.use(first.snapshot.loaded.alsoRead)]);
  // Nobody waits for it: it is needed at the next rotation.
  const makingNextKey = options.nextKey
    ? makeNextKey(options.data).then(readKeys, (error: Error) =>
        events.emit({ type: 'server error', reason: error.message }),
      )
    : undefined;

  /** Serves with the keys that are kept now, and tells when another one signs or one is no longer published. */
  async function readKeys(): Promise<void> {
    const before = data.signingKeys.map(({ kid }) => kid);
    const kept = await openDataFolder(options.data);
    const after = kept.signingKeys.map(({ kid }) => kid);
    if (before.join() === after.join()) return;
    data = kept;
    const { tenant, problems } = now();
    serve(tenant.snapshot, tenant.scripts);
    current = { ...now(), problems };
    const revoked = before.filter((kid) => !after.includes(kid));
    if (before[0] === after[0] && revoked.length === 0) return;
    events.emit({ type: 'signing keys changed', signs: after[0], published: after, revoked });
  }

  /** Whoever saved may have had the tenant read it already. */
  async function saved(): Promise<void> {
    await reading;
    if (stamps.changed) await reload();
  }

  /** One after the other, so that what was read last counts. */
  function reload(): Promise<void> {
    reading = reading.then(read);
    return reading;
  }

  async function read(): Promise<void> {
    stamps.note(own());
    try {
      const files = await load();
      stamps.keep([...own(), ...files.snapshot.loaded.alsoRead]);
      use(files);
      await scriptWatch?.use(files.snapshot.loaded.alsoRead);
    } catch (error) {
      if (error instanceof ConfigurationError) stamps.keep([...own(), ...error.alsoRead.keys()]);
      // The last good configuration stays in force; the page and the log say why.
      const problems: ConfigurationProblem[] =
        error instanceof ConfigurationError
          ? error.problems
          : [{ file: options.config, path: '', line: 1, message: (error as Error).message }];
      current = { ...now(), problems };
      events.emit({
        type: 'configuration refused',
        problems: problems.map((p) => `${p.file}:${p.line} ${p.path ? `${p.path}: ` : ''}${p.message}`),
      });
      if (error instanceof ConfigurationError && (await scriptWatch?.useMissing(error.alsoRead)))
        await read();
    }
  }

  return {
    port: server.port,
    origin,
    issuer,
    events,
    users,
    readFrom: (config, base) => {
      // One after the other: a watch that is closed before it is ready would never be.
      moving = moving.then(async () => {
        options.base = base;
        if (config !== options.config) {
          await watcher?.close();
          options.config = config;
          watcher = watching();
          await watcher?.ready;
        }
        await reload();
      });
      return moving;
    },
    keys: () => data.keys,
    rotateKeys: async () => {
      const rotation = await rotateKeys(options.data);
      await readKeys();
      return rotation;
    },
    revokePreviousKey: async () => {
      const revoked = await revokePreviousKey(options.data);
      await readKeys();
      return revoked;
    },
    settings: () => ({
      ...settings(issuer, now().tenant.snapshot),
      ...(tls ? { NODE_EXTRA_CA_CERTS: tls.authorityFile } : {}),
    }),
    reload,
    overview: () => overview(now().tenant, now().file, now().problems),
    size: () => store.size,
    close: async () => {
      // First of all: a request that is under way gets no answer, instead of a wrong one from what ends below.
      await server.close();
      await makingNextKey;
      await Promise.all([watcher?.close(), keysWatcher?.close(), scriptWatch?.close()]);
      await reading;
      await Promise.all([now().tenant.scripts, ...retired].map((scripts) => scripts.stop()));
      await Promise.all([users.close(), consents.close(), kept.ids.close()]);
    },
  };
}

/** Loaded at its first request: most learners never send one, and all wait for the tenant's start. */
const managementApi = () => (require('./management') as typeof import('./management')).managementApi;

/** Milliseconds, as on a real tenant. */
const SCRIPT_TIME_LIMIT = 20_000;

function management(
  options: TenantOptions,
  env: NodeJS.ProcessEnv,
  { ids, secrets }: ManagementData,
  now: () => Current,
  reload: () => Promise<void>,
): Management {
  const base = () => options.base ?? path.dirname(options.config);
  const writer = new ConfigWriter({ file: () => options.config, base, env, secrets, reload });
  return {
    tenant: () => now().tenant,
    writer,
    ids,
    get env() {
      return { ...secrets.values, ...env };
    },
    triggers: Object.keys(TRIGGERS),
    base,
    folder: options.data,
    reload,
  };
}

/** Nothing to tell where tenant.yaml has no roles at all: then none is asked for. */
function tellIdleRoles({ snapshot, users, events }: TenantContext): void {
  const defined = new Set(snapshot.config.roles.map((role) => role.name));
  if (defined.size === 0) return;
  for (const idle of users.idleAssignments(defined))
    events.emit({ type: 'role assignment without effect', ...idle });
}

const withSlash = (url: string) => (url.endsWith('/') ? url : `${url}/`);

function publicPart({ kty, n, e, kid, alg, use }: JWK): JWK {
  return { kty, n, e, kid, alg, use } as JWK;
}
