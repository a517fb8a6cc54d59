import { ownProviders } from '../identity-providers/own';
import { ownProviderSettings } from '../identity-providers/settings';
import { runTenantCommand } from '../tenant/commands/run';

/** `npm run -s tenant`: the tenant in the foreground. It gets the workshop's identity providers from here. */
export const runOwnTenant = (): Promise<void> => runTenantCommand(ownProviderSettings(), ownProviders);
