import { ownProviders } from '../identity-providers/own';
import { ownProviderSettings } from '../identity-providers/settings';
import { runMain } from '../lib/user-error';
import { runTenantCommand } from '../tenant/commands/run';

/** `npm run -s tenant`: the tenant in the foreground. It gets the workshop's identity providers from here. */
runMain(() => runTenantCommand(ownProviderSettings(), ownProviders));
