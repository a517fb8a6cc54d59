import type { RequestListener } from 'node:http';
import type { SystemApi } from '../config/snapshot';
import type { EventStream } from '../events';
import type { TenantContext } from '../provider/context';
import { ConfigWriter } from './config-writer';
import { Ids } from './ids';
import { StoredSecrets } from './secrets';
import { type ManagementAccount, managementAccount, managementApi } from './system-api';

export { managementAccount } from './system-api';

export interface ManagedTenant {
  tenant(): TenantContext;
  config(): string;
  /** The folder of code paths in tenant.yaml. */
  base(): string;
  /** Placeholders; they override stored values. */
  env: NodeJS.ProcessEnv;
  reload(): Promise<void>;
}

/** The Management API as seen by the core. */
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

  get values(): Readonly<Record<string, string>> {
    return this.secrets.values;
  }

  /** The API as an audience, and its built-in application. */
  systemApi(issuer: string): SystemApi {
    return managementApi(issuer, this.account);
  }

  handler({ env, ...managed }: ManagedTenant): RequestListener {
    const { folder, ids, secrets } = this;
    const { config: file, base, reload } = managed;
    const writer = new ConfigWriter({ file, base, env, secrets, reload });
    const environment = () => ({ ...secrets.values, ...env });
    let handler: RequestListener | undefined;
    return (req, res) => {
      // Loaded at the first request: most learners never send one.
      handler ??= (require('./handler') as typeof import('./handler')).managementHandler({
        ...managed,
        writer,
        ids,
        folder,
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
