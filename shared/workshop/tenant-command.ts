import { ownProviders } from '../identity-providers/own';
import { ownProviderSettings } from '../identity-providers/settings';
import { runTenantCommand } from '../tenant/commands/run';

/** `npm run -s tenant`: the tenant in the foreground, with the workshop's identity providers. */
export const runOwnTenant = (): Promise<void> => runTenantCommand(ownProviderSettings(), ownProviders);
