import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { hash } from '@node-rs/bcrypt';
import type { JWK } from 'jose';
import { type Api, startApi } from '../api';
import { apiDoesNotRun } from '../api/does-not-run';
import { Appointments } from '../api/finished';
import { allowShiftedClocks } from '../faults/clock';
import type { FaultInjector } from '../faults/inject';
import { providersData } from '../identity-providers/settings';
import { rmSync } from '../lib/held';
import { noFolder } from '../lib/no-folder';
import { shownPath, workFolder } from '../lib/places';
import { relay } from '../lib/relay';
import { UserError } from '../lib/user-error';
import type { Recorder } from '../recorder';
import { startTenant, type Tenant } from '../tenant';
import { yamlValue } from '../tenant/config/edit';
import type { TenantEvent } from '../tenant/events';
import { openDataFolder, shareKeys } from '../tenant/keys/key-file';
import { AUDIENCE } from './audience';
import type { Clock } from './clock';
import { SCRIPTS_WITHIN } from './deadlines';
import { Providers } from './providers';
import { ANN, BOB, type Subject } from './subject';

/** What a check changes in tenant.yaml. */
export interface TenantFile {
  clients: { refresh_token?: { rotation_type?: string } }[];
}

/** A run of checks, to which the messages, faults and time of this moment belong. */
export interface Run {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly tenantFaults: FaultInjector;
  readonly apiFaults: FaultInjector;
  /** The learner's API, when it serves in place of the workshop's. */
  readonly servingApi: { readonly origin: string | undefined } | undefined;
  /** Lifetimes of the next access tokens in seconds, in turn; when empty, an hour. */
  readonly lifetimes: number[];
}

/** The minimum of bcrypt: a check logs in a dozen times, and the cost of the hash does not matter to it. */
const COST = 4;

/** Tenant and API of one or several runs of checks, one at a time. Each run has its own environment and recorder. */
export class Parties {
  #current: Run | undefined;
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'call-your-api-check-'));
  readonly #closing: (() => Promise<void>)[] = [];
  readonly #appointments = new Appointments();
  #tenant: Tenant | undefined;
  #api: Api | undefined;
  readonly #relay = relay(() => this.#current?.servingApi?.origin, apiDoesNotRun);
  /** The app under test whose callback the tenant allows. */
  #allowed: string | undefined;
  /** When tenant.yaml was read last: milliseconds since the epoch. */
  readAt = 0;

  constructor(readonly subject: Subject) {
    this.#closing.push(async () => this.removeFiles());
  }

  /** From now on messages belong to this run. The API forgets changes: it has two appointments, and a run deletes one. */
  begin(run: Run): void {
    this.#current = run;
    this.#appointments.clear();
  }

  get tenant(): Tenant {
    return present(this.#tenant);
  }
  get api(): Api {
    return present(this.#api);
  }
  /** A folder for the stores of one run, which removes it; `removeFiles` removes all. */
  folderOfRun(): string {
    return path.join(this.#folder, `stores-${randomUUID()}`);
  }
  get #data(): string {
    return this.subject.data ?? path.join(this.#folder, 'data');
  }
  get #config(): string {
    return path.join(this.#folder, 'tenant.yaml');
  }

  /** @throws UserError when tenant.yaml has mistakes, with their lines. */
  async open(): Promise<void> {
    const { subject } = this;
    allowShiftedClocks();
    const users = path.join(this.#folder, 'users.json');
    this.readAt = Date.now();
    fs.writeFileSync(this.#config, tenantFile(subject));
    fs.writeFileSync(users, await usersFile());
    fs.writeFileSync(path.join(this.#folder, 'user-roles.json'), rolesFile());
    const data = this.#data;
    if (subject.data === undefined) await shareKeys(path.join(workFolder(), 'keys-of-checks'), data);
    const providers = new Providers(providersData(), () => this.tenant.issuer);
    this.#closing.push(() => providers.close());
    this.#tenant = await startTenant({
      providers,
      port: subject.tenantPort ?? 0,
      config: this.#config,
      // The learner's folder has the Actions that it names.
      base: path.dirname(fileOf(subject)),
      users,
      data,
      forgetful: true,
      env: {},
      watch: false,
      wrap: (handler) => this.#ofRun('tenant', handler),
      scriptTimeLimit: SCRIPTS_WITHIN,
      accessTokenLifetime: (seconds) => this.#current?.lifetimes.shift() ?? seconds,
    }).catch((error: Error) => {
      error.message = this.#named(error.message);
      throw error;
    });
    this.#closing.push(this.#tenant.close);
    if (subject.appUrl !== undefined) this.allowCallback(subject.appUrl);
    this.#api = await startApi({
      port: subject.apiPort ?? 0,
      issuer: new URL(this.#tenant.issuer),
      audience: AUDIENCE,
      appointments: this.#appointments,
      wrap: (workshops) => this.#ofRun('api', (...both) => this.#serve(workshops, ...both)),
    });
    this.#closing.push(this.#api.close, async () => this.#relay.close());
  }

  /** Reloads tenant.yaml. @throws UserError when it has mistakes, with their lines; the last good configuration remains. */
  async reload(): Promise<void> {
    this.readAt = Date.now();
    fs.writeFileSync(this.#config, tenantFile(this.subject));
    const refused = this.#refused();
    await this.tenant.reload();
    const problems = refused();
    if (problems) throw new UserError(`tenant.yaml has mistakes:\n${this.#named(problems.join('\n'))}`);
  }

  /** The tenant's private keys: the one that signs comes first. */
  async signingKeys(): Promise<readonly JWK[]> {
    return (await openDataFolder(this.#data)).signingKeys;
  }

  /** Allows the callback of the app under test beside those of the learner, and no more that of another one. */
  allowCallback(appOrigin: string): void {
    if (this.#allowed === appOrigin) return;
    this.#allowed = appOrigin;
    this.tenant.allowCallback(`${appOrigin.replace(/\/$/, '')}/callback`);
  }

  /** Edits the value of tenant.yaml while some work is done, e.g. so that refresh tokens do not rotate. */
  async withTenant<T>(edit: (config: TenantFile) => void, work: () => Promise<T>): Promise<T> {
    const before = fs.readFileSync(this.#config, 'utf8');
    const changed = yamlValue(before, {}) as unknown as TenantFile;
    edit(changed);
    try {
      fs.writeFileSync(this.#config, JSON.stringify(changed));
      await this.tenant.reload();
      return await work();
    } finally {
      fs.writeFileSync(this.#config, before);
      await this.tenant.reload();
    }
  }

  async close(): Promise<void> {
    for (const one of this.#closing.splice(0).reverse()) await one();
  }

  /** Synchronous, for a process that ends at once. */
  removeFiles(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #refused(): () => string[] | undefined {
    let problems: string[] | undefined;
    const end = this.tenant.events.subscribe((event: TenantEvent) => {
      if (event.type === 'configuration refused') problems = event.problems;
    });
    return () => {
      end();
      return problems;
    };
  }

  /** Each request belongs to the current run: its recorder, its faults, its clock. */
  #ofRun(to: 'tenant' | 'api', handler: http.RequestListener): http.RequestListener {
    return (req, res) => {
      const current = this.#current;
      if (!current) return handler(req, res);
      const injector = to === 'tenant' ? current.tenantFaults : current.apiFaults;
      const atItsTime = injector.wrap((...both) => current.clock.run(() => handler(...both)));
      current.recorder.wrap(to)(atItsTime)(req, res);
    };
  }

  /** The learner's API serves behind the same address, so that its messages are recorded too. */
  #serve(workshops: http.RequestListener, ...both: Parameters<http.RequestListener>): void {
    const handler = this.#current?.servingApi ? this.#relay.handler : workshops;
    handler(...both);
  }

  /** The tenant reads a copy, but messages name the original. */
  #named(message: string): string {
    return message.replaceAll(this.#config, shownPath(path.resolve(fileOf(this.subject))));
  }
}

function fileOf({ config, appFolder }: Subject): string {
  return config ?? path.join(appFolder ?? '.', 'tenant.yaml');
}

/** The learner's tenant.yaml. */
function tenantFile(subject: Subject): string {
  const file = fileOf(subject);
  noFolder(file);
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    throw new UserError(`There is no ${file}. Give the path of your tenant.yaml with --config FILE.`);
  }
}

/** The demo users, in the format of the bulk import. */
async function usersFile(): Promise<string> {
  const users = [ANN, BOB].map(async ({ email, name, password, office }) => ({
    email,
    email_verified: true,
    name,
    app_metadata: { office },
    password_hash: await hash(password, { cost: COST }),
  }));
  return JSON.stringify(await Promise.all(users));
}

/** Their roles, where tenant.yaml defines them. */
const rolesFile = () => JSON.stringify([ANN, BOB].map(({ email, roles }) => ({ email, roles })));

/** @throws Error before `open`. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the environment is not open');
  return value;
}
