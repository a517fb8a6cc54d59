import type { TenantContext } from '../provider/context';
import type { ConfigWriter } from './config-writer';
import type { Ids } from './ids';

export interface Management {
  tenant(): TenantContext;
  writer: ConfigWriter;
  ids: Ids;
  /** With stored values of placeholders. */
  readonly env: NodeJS.ProcessEnv;
  /** The folder of code paths in tenant.yaml. */
  base(): string;
  folder: string;
}
