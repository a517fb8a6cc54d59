import fs from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { listSteps, materialise, readApp, type Step, workFolder } from '../../shared/steps/layers';
import { openDataFolder } from '../../shared/tenant/keys/key-file';
import { sharedKeys } from '../support/workshop';

/** What a tenant of the benchmark is started with. */
export interface LearnersTenant {
  /** tenant.yaml. */
  config: string;
  /** The data folder. Its keys are made: only the first start of all makes them, and the baseline is given one, too. */
  data: string;
  remove(): void;
}

/** What a learner has at the end of a step, and beside it the application of the benchmark: the last step whose tenant has an Action, or has none. */
export async function learnersTenant(withAction: boolean, callback: string): Promise<LearnersTenant> {
  const hasAction = ({ number }: Step) => readApp(number).get('tenant.yaml')?.includes('\nactions:') === true;
  const step = listSteps().findLast((one) => hasAction(one) === withAction);
  if (!step) throw new Error(`no step's tenant ${withAction ? 'has an Action' : 'is without an Action'}`);
  fs.mkdirSync(workFolder(), { recursive: true, mode: 0o700 });
  const folder = fs.mkdtempSync(path.join(workFolder(), 'bench-'));
  const app = path.join(folder, 'app');
  materialise(step.number, app);
  const config = path.join(app, 'tenant.yaml');
  const yaml = parse(fs.readFileSync(config, 'utf8')) as {
    clients: object[];
    databases: { enabled_clients: string[] }[];
  };
  yaml.clients.push({
    name: 'Bench',
    client_id: 'bench',
    client_secret: 'a-secret-for-the-benchmark',
    callbacks: [callback],
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring' },
  });
  for (const { enabled_clients } of yaml.databases) enabled_clients.push('Bench');
  fs.writeFileSync(config, stringify(yaml));
  const data = path.join(folder, 'data');
  await sharedKeys(data);
  await openDataFolder(data);
  return { config, data, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
