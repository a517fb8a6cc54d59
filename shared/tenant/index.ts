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
import type { Rotation, SigningKey } from './keys/key-file';
import { LiveKeys } from './keys/live-keys';
import { ManagementApi } from './management';
import type { OverviewPage } from './pages';
import { buildProvider } from './provider/build';
import type { TenantContext } from './provider/context';
import { keysByAlgorithm } from './provider/signing-keys';
import type { Now } from './routes/now';
import { overview } from './routes/overview';
import { requestHandler } from './server';
import { BruteForceGuard } from './users/brute-force';
import { ConsentStore } from './users/consents';
import { UserDirectory } from './users/directory';

export interface TenantOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  /** Path of tenant.yaml. */
  config: string;
  /** Folder from which the paths of code in tenant.yaml begin, for a file that is a copy of another. Default:
   * tenant.yaml's own. */
  base?: string | undefined;
  /** Path of users.json. */
  users: string;
  /** Path of user-roles.json. Default: the file of this name beside users.json, when there is one. */
  roles?: string;
  /** Folder for keys, credentials and what is kept of users, made if absent and private to the user. */
  data: string;
  /** Whether only keys and credentials outlive the tenant, so that it begins with nobody's logins and changes.
   * Default: false. */
  forgetful?: boolean;
  /** Default: http://localhost:PORT/, or https:// with `https`. */
  issuer?: string;
  /** Speaks https with a certificate of the local authority, which is stored in the data folder. Default: false. */
  https?: boolean;
  /** Client IDs and secrets may come from here. Default: process.env. */
  env?: NodeJS.ProcessEnv;
  /** Whether saves of the files are picked up. Default: true. */
  watch?: boolean;
  /** New keys and credentials. Default: false. */
  reset?: boolean;
  /** Whether the key that signs after the next rotation is made and published ahead, as on a real tenant. Default:
   * false, since it takes time. */
  nextKey?: boolean;
  /** Changes the lifetime of an access token, in seconds: checks make the first one short. */
  accessTokenLifetime?: TenantContext['accessTokenLifetime'];
  /** Milliseconds since the epoch, for how long an account stays blocked after wrong passwords; tests move it. */
  now?: () => number;
  /** The workshop's own providers, for connections that name no others. */
  providers?: OwnProviders;
  /** Milliseconds that Actions, Rules and Hooks may take at a login. Default: 20000, as on a real tenant. */
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
  /** What an application needs to know: ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, AUDIENCE, CLIENT_ID__NAME, …; with
   * https also the local authority's certificate as NODE_EXTRA_CA_CERTS. */
  settings(): Record<string, string>;
  /** What applications may now ask for. */
  overview(): OverviewPage;
  /** Takes another tenant.yaml from now on, and reads it as `reload` does; `base` as in the options. */
  readFrom(config: string, base?: string): Promise<void>;
  /** Reads the files again, as a save does; a bad one changes nothing and is told in an event. */
  reload(): Promise<void>;
  /** The keys that are published, and what each is for. */
  keys(): SigningKey[];
  /** Has the next key sign from now on; the present one stays published. `npm run -s tenant -- rotate-keys` does the
   * same from outside. */
  rotateKeys(): Promise<Rotation>;
  /** Ends the previous key: what it signed is refused from now on, wherever the keys are read again. */
  revokePreviousKey(): Promise<string | undefined>;
  /** How many things (sessions, tokens, …) are held in memory. */
  size(): number;
  close(): Promise<void>;
}

/** Starts the embedded authorization server on loopback. @throws ConfigurationError with every mistake in
 * tenant.yaml, users.json and user-roles.json; UserError for a taken port. */
export async function startTenant(options: TenantOptions): Promise<Tenant> {
  const { data, env = process.env, watch = true } = options;
  const events = new EventStream();
  const keys = await LiveKeys.open(data, events, options.reset ?? false);
  const management = await ManagementApi.open(data, events);
  // A value that came by the Management API counts where the environment has none.
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
    origin: tenant.origin,
    issuer: tenant.issuer,
    events,
    users: state.users,
    settings: () => tenant.settings(),
    overview: () => tenant.overview(),
    readFrom: (config, base) => configuration.readFrom(config, base),
    reload: () => configuration.reload(),
    keys: () => keys.states,
    rotateKeys: () => keys.rotate(),
    revokePreviousKey: () => keys.revokePrevious(),
    size: () => state.store.size,
    close: () => tenant.close(),
  };
}

/** What outlives a reload of the configuration. */
type State = Pick<TenantContext, 'store' | 'consents' | 'users' | 'bruteForce'>;

/** Opens the state, of which some outlives the tenant in the data folder. */
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

/** Serves what is in force: the configuration, with the keys and the state. */
class RunningTenant {
  #server: Listening | undefined;
  #now: Now | undefined;
  #systemApi: SystemApi | undefined;
  #connections: Connections | undefined;
  issuer = '';
  /** Logins under way finish with the code with which they began. */
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

  /** Puts files into force. */
  use({ snapshot, users, roles }: Files): void {
    const { events, state } = this.parts;
    state.users.use(users, roles, snapshot.firstDatabase);
    const before = this.#now?.tenant.scripts;
    const timeLimit = this.options.scriptTimeLimit ?? SCRIPT_TIME_LIMIT;
    const scripts = new Pipeline(snapshot.loaded.scripts, events, timeLimit);
    this.#serve(snapshot, scripts);
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

  /** Serves with the keys that are in force now. */
  renew(): void {
    const { snapshot, scripts } = this.current.tenant;
    this.#serve(snapshot, scripts);
  }

  #serve(snapshot: Snapshot, scripts: Pipeline): void {
    const { keys, state, events } = this.parts;
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

  overview(): OverviewPage {
    const { file, problems } = this.parts.configuration;
    return overview(this.current.tenant, file, problems);
  }

  async close(): Promise<void> {
    const { keys, management, configuration, state } = this.parts;
    // First of all: a request that is under way gets no answer, instead of a wrong one from what ends below.
    await this.#server?.close();
    await Promise.all([keys.close(), configuration.close()]);
    await Promise.all([this.current.tenant.scripts, ...this.#retired].map((scripts) => scripts.stop()));
    await Promise.all([state.users.close(), state.consents.close(), management.close()]);
  }
}

/** Milliseconds, as on a real tenant. */
const SCRIPT_TIME_LIMIT = 20_000;

/** A tenant.yaml without roles asks for none. */
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
