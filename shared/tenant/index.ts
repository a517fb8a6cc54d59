import type http from 'node:http';
import type { JWK } from 'jose';
import { type Listening, listenOnLoopback } from '../lib/listen';
import { Store } from '../lib/oidc-store';
import type { OwnProviders } from '../lib/own-providers';
import { Pipeline } from './actions/pipeline';
import { appSettings } from './config/app-settings';
import type { Files } from './config/files';
import { LiveConfiguration } from './config/live-configuration';
import type { Snapshot, SystemApi } from './config/snapshot';
import { Connections } from './connections';
import { EventStream } from './events';
import { type LocalHttps, localHttps } from './https/authority';
import { LiveKeys } from './keys/live-keys';
import { ManagementApi } from './management';
import { type Overview, overview } from './overview';
import { buildProvider } from './provider/build';
import type { TenantContext } from './provider/context';
import { keysByAlgorithm } from './provider/signing-keys';
import type { Now } from './routes/now';
import { requestHandler } from './server';
import { BruteForceGuard } from './users/brute-force';
import { ConsentStore } from './users/consents';
import { UserDirectory } from './users/directory';

export interface TenantOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  config: string;
  /** Folder of code paths in tenant.yaml. Default: tenant.yaml's own. */
  base?: string | undefined;
  users: string;
  /** Default: user-roles.json beside users.json, if it exists. */
  roles?: string;
  /** For keys, credentials and changed users; made if absent, private to the user. */
  data: string;
  /** Stores only keys and credentials, no logins or changes. Default: false. */
  forgetful?: boolean;
  /** Default: http://localhost:PORT/, or https:// with `https`. */
  issuer?: string;
  /** Uses the local authority's certificate. Default: false. */
  https?: boolean;
  /** May have client IDs and secrets. Default: process.env. */
  env?: NodeJS.ProcessEnv;
  /** Default: true. */
  watch?: boolean;
  /** New keys and credentials. Default: false. */
  reset?: boolean;
  /** Makes and publishes the next signing key, as a real tenant does. Default: false, since it takes time. */
  nextKey?: boolean;
  /** Seconds of an access token: checks shorten the first one. */
  accessTokenLifetime?: TenantContext['accessTokenLifetime'];
  /** Milliseconds since the epoch, for blocked accounts. */
  now?: () => number;
  /** For connections that name no other provider. */
  providers?: OwnProviders;
  /** Milliseconds for scripts at a login. Default: 20000, as on a real tenant. */
  scriptTimeLimit?: number;
  /** Lets a recorder see every request. */
  wrap?: (handler: http.RequestListener) => http.RequestListener;
}

export type Tenant = Awaited<ReturnType<typeof startTenant>>;

/** Starts the embedded authorization server on loopback.
 * @throws ConfigurationError with every mistake in the tenant's files; UserError for a taken port. */
export async function startTenant(options: TenantOptions) {
  const { data, env = process.env, watch = true } = options;
  const events = new EventStream();
  const keys = await LiveKeys.open(data, events, options.reset ?? false);
  const management = await ManagementApi.open(data, events);
  // The environment overrides values stored by the Management API.
  const configuration = new LiveConfiguration(options, () => ({ ...management.values, ...env }), events);
  const files = await configuration.open();
  const tls = options.https ? await localHttps(data) : undefined;
  const state = await openState(options, events, () => tenant.current.tenant.snapshot);
  const tenant = new RunningTenant(options, { keys, management, configuration, state, events, tls });
  await tenant.listen(env);
  tenant.use(files);
  events.emit({ type: 'started', issuer: tenant.issuer });
  keys.follow(() => tenant.renew(), watch);
  await configuration.follow((read) => tenant.use(read), files, watch);
  if (options.nextKey) keys.makeNext();
  return {
    port: tenant.port,
    /** http://localhost:PORT or https://… */
    origin: tenant.origin,
    /** With a trailing slash. */
    issuer: tenant.issuer,
    events,
    users: state.users,
    /** For applications: ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, AUDIENCE, CLIENT_ID__NAME, …; with https also
     * NODE_EXTRA_CA_CERTS. */
    settings: () => tenant.settings(),
    overview: () => tenant.overview(),
    /** Switches to another tenant.yaml; `base` as in the options. */
    readFrom: (config: string, base?: string) => configuration.readFrom(config, base),
    /** Reads the files again; an invalid one changes nothing and is reported in an event. */
    reload: () => configuration.reload(),
    /** Allows one more callback for each application that has any: of an app whose port is known late. */
    allowCallback: (callback: string) => tenant.allowCallback(callback),
    keys: () => keys.states,
    /** Makes the next key sign; the current one remains published. */
    rotateKeys: () => keys.rotate(),
    /** Unpublishes the previous key: its tokens are refused once APIs read the keys again. */
    revokePreviousKey: () => keys.revokePrevious(),
    size: () => state.store.size,
    close: () => tenant.close(),
  };
}

type State = Pick<TenantContext, 'store' | 'consents' | 'users' | 'bruteForce'>;

async function openState(
  { data, forgetful, now }: TenantOptions,
  events: EventStream,
  snapshot: () => Snapshot,
): Promise<State> {
  const folder = forgetful ? undefined : data;
  const onTrouble = (reason: string) => events.emit({ type: 'not kept', reason });
  const store = new Store({
    leewayOf: (id) => snapshot().client(id)?.refresh_token.leeway ?? 0,
    onReuse: ({ clientId: client_id, accountId: user_id }, reason) =>
      events.emit({ type: 'refresh token reused', code: 'ferrt', client_id, user_id, reason }),
  });
  const consents = await ConsentStore.open(folder, onTrouble);
  const users = await UserDirectory.open({
    folder,
    onTrouble,
    onDelete: (userId) => {
      consents.withdraw(userId);
      store.forget(userId);
    },
  });
  return { store, consents, users, bruteForce: new BruteForceGuard(now) };
}

interface Parts {
  keys: LiveKeys;
  management: ManagementApi;
  configuration: LiveConfiguration;
  state: State;
  events: EventStream;
  tls: LocalHttps | undefined;
}

class RunningTenant {
  #server: Listening | undefined;
  #now: Now | undefined;
  /** As the files have it. */
  #snapshot: Snapshot | undefined;
  #callback: string | undefined;
  #systemApi: SystemApi | undefined;
  #connections: Connections | undefined;
  issuer = '';
  /** Pending logins finish with the scripts they began with. */
  readonly #retired = new Set<Pipeline>();

  constructor(
    private readonly options: TenantOptions,
    private readonly parts: Parts,
  ) {}

  get current(): Now {
    if (!this.#now) throw new Error('the tenant is not ready yet');
    return this.#now;
  }

  get port(): number {
    return this.#server?.port ?? 0;
  }

  get origin(): string {
    return `${this.parts.tls ? 'https' : 'http'}://localhost:${this.port}`;
  }

  /** @throws UserError for a taken port. */
  async listen(env: NodeJS.ProcessEnv): Promise<void> {
    const { configuration, management, tls } = this.parts;
    const handler = requestHandler({
      now: () => this.current,
      overview: () => this.overview(),
      management: management.handler({
        tenant: () => this.current.tenant,
        config: () => configuration.config,
        base: () => configuration.base,
        env,
        reload: () => configuration.reload(),
      }),
    });
    this.#server = await listenOnLoopback(this.options.wrap?.(handler) ?? handler, {
      port: this.options.port ?? 0,
      party: 'The tenant',
      setting: '--port N or TENANT_PORT',
      tls,
    });
    this.issuer = withSlash(this.options.issuer ?? this.origin);
    this.#systemApi = management.systemApi(this.issuer);
    const { data, providers: own } = this.options;
    this.#connections = new Connections({ issuer: this.issuer, data, own });
  }

  use({ snapshot, users, roles }: Files): void {
    const { events, state } = this.parts;
    state.users.use(users, roles, snapshot.firstDatabase);
    const before = this.#now?.tenant.scripts;
    const timeLimit = this.options.scriptTimeLimit ?? SCRIPT_TIME_LIMIT;
    const scripts = new Pipeline(snapshot.loaded.scripts, events, timeLimit);
    this.#snapshot = snapshot;
    this.#serve(scripts);
    if (before) this.#retire(before);
    events.emit({
      type: 'configuration loaded',
      applications: snapshot.config.clients.map((client) => client.name),
      apis: snapshot.config.resourceServers.map((api) => api.identifier),
    });
    for (const reason of users.hints) events.emit({ type: 'users hint', file: users.file, reason });
    reportIdleRoles(this.current.tenant);
    scripts.reportHints();
  }

  renew(): void {
    this.#serve(this.current.tenant.scripts);
  }

  allowCallback(callback: string): void {
    this.#callback = callback;
    this.renew();
  }

  #serve(scripts: Pipeline): void {
    const { keys, state, events } = this.parts;
    const read = this.#snapshot as Snapshot;
    const snapshot = this.#callback === undefined ? read : read.withCallback(this.#callback);
    snapshot.management = this.#systemApi;
    const tenant: TenantContext = {
      ...state,
      issuer: this.issuer,
      snapshot,
      scripts,
      events,
      publicKeys: keysByAlgorithm(keys.now.signingKeys, snapshot).map(publicPart),
      accessTokenLifetime: this.options.accessTokenLifetime ?? ((seconds) => seconds),
    };
    const provider = buildProvider(tenant, keys.now);
    const elsewhere = this.#connections as Connections;
    this.#now = { tenant, provider, handler: provider.callback(), elsewhere };
  }

  #retire(scripts: Pipeline): void {
    this.#retired.add(scripts);
    void scripts.close().then(() => this.#retired.delete(scripts));
  }

  settings(): Record<string, string> {
    const { tls } = this.parts;
    return {
      ...appSettings(this.issuer, this.current.tenant.snapshot),
      ...(tls ? { NODE_EXTRA_CA_CERTS: tls.authorityFile } : {}),
    };
  }

  overview(): Overview {
    const { file, problems } = this.parts.configuration;
    return overview(this.current.tenant, file, problems);
  }

  async close(): Promise<void> {
    const { keys, management, configuration, state } = this.parts;
    // First, so that a pending request gets no answer instead of a wrong one.
    await this.#server?.close();
    await Promise.all([keys.close(), configuration.close()]);
    await Promise.all([this.current.tenant.scripts, ...this.#retired].map((scripts) => scripts.stop()));
    await Promise.all([state.users.close(), state.consents.close(), management.close()]);
  }
}

/** Milliseconds, as on a real tenant. */
const SCRIPT_TIME_LIMIT = 20_000;

/** Only for a tenant.yaml with roles. */
function reportIdleRoles({ snapshot, users, events }: TenantContext): void {
  const defined = new Set(snapshot.config.roles.map((role) => role.name));
  if (defined.size === 0) return;
  for (const idle of users.idleAssignments(defined))
    events.emit({ type: 'role assignment without effect', ...idle });
}

const withSlash = (url: string) => (url.endsWith('/') ? url : `${url}/`);

function publicPart({ kty, n, e, kid, alg, use }: JWK): JWK {
  return { kty, n, e, kid, alg, use } as JWK;
}
