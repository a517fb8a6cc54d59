import type { EventStream } from '../events';
import { type ManagementAccount, managementAccount } from './api';
import { Ids } from './ids';
import { KeptSecrets } from './secrets';

/** What the Management API keeps in the data folder. */
export interface ManagementData {
  account: ManagementAccount;
  ids: Ids;
  secrets: KeptSecrets;
}

export async function openManagement(folder: string, events: EventStream): Promise<ManagementData> {
  const onTrouble = (reason: string) => events.emit({ type: 'not kept', reason });
  const [account, ids, secrets] = await Promise.all([
    managementAccount(folder),
    Ids.open(folder, onTrouble),
    KeptSecrets.open(folder, onTrouble),
  ]);
  return { account, ids, secrets };
}
