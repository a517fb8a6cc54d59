import type { RequestListener } from 'node:http';
import { TRIGGERS } from '../config/scripts';
import type { SystemApi } from '../config/snapshot';
import type { EventStream } from '../events';
import type { TenantContext } from '../provider/context';
import { ConfigWriter } from './config-writer';
import { Ids } from './ids';
import { StoredSecrets } from './secrets';
import { type ManagementAccount, managementAccount, managementApi } from './system-api';

export { managementAccount } from './system-api';

/** What the Management API uses of a running tenant. */
export interface ManagedTenant {
  tenant(): TenantContext;
  /** Path of tenant.yaml. */
  config(): string;
  /** Folder from which the paths of code in tenant.yaml begin. */
  base(): string;
  /** Values of placeholders; they beat those that the Management API stored. */
  env: NodeJS.ProcessEnv;
  /** Reads the files again. */
  reload(): Promise<void>;
}

/** The Management API, as the core knows it. */
export class ManagementApi {
  static async open(folder: string, events: EventStream): Promise<ManagementApi> {
    const onTrouble = (reason: string) => events.emit({ type: 'not kept', reason });
    const [account, ids, secrets] = await Promise.all([
      managementAccount(folder),
      Ids.open(folder, onTrouble),
      StoredSecrets.open(folder, onTrouble),
    ]);
    return new ManagementApi(folder, account, ids, secrets);
  }

  private constructor(
    private readonly folder: string,
    private readonly account: ManagementAccount,
    private readonly ids: Ids,
    private readonly secrets: StoredSecrets,
  ) {}

  /** The values of placeholders that came by this API. */
  get values(): Readonly<Record<string, string>> {
    return this.secrets.values;
  }

  /** The API as an audience of access tokens, and the application that may call it. */
  systemApi(issuer: string): SystemApi {
    return managementApi(issuer, this.account);
  }

  /** Answers below /api/v2/. */
  handler({ env, ...managed }: ManagedTenant): RequestListener {
    const { folder, ids, secrets } = this;
    const { config: file, base, reload } = managed;
    const writer = new ConfigWriter({ file, base, env, secrets, reload });
    const environment = () => ({ ...secrets.values, ...env });
    let handler: RequestListener | undefined;
    return (req, res) => {
      // Loaded at the first request: most learners never send one, and all wait for the start of the tenant.
      handler ??= (require('./handler') as typeof import('./handler')).managementHandler({
        ...managed,
        writer,
        ids,
        folder,
        triggers: Object.keys(TRIGGERS),
        get env() {
          return environment();
        },
      });
      handler(req, res);
    };
  }

  close(): Promise<void> {
    return this.ids.close();
  }
}
