import type { TenantContext } from '../provider/context';
import type { ConfigWriter } from './config-writer';
import type { Ids } from './ids';

/** What every part of the Management API works with. */
export interface Management {
  /** What is in force now. */
  tenant(): TenantContext;
  writer: ConfigWriter;
  ids: Ids;
  /** The environment, with the values of placeholders that are stored. */
  readonly env: NodeJS.ProcessEnv;
  /** Auth0's triggers for Actions. */
  triggers: readonly string[];
  /** The folder from which the paths of code in tenant.yaml begin. */
  base(): string;
  /** The data folder. */
  folder: string;
  /** Reads the files again. */
  reload(): Promise<void>;
}
