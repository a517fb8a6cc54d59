import type { Command } from 'commander';
import { err, out } from '../../lib/terminal';
import { localHttps } from '../https/authority';
import { openDataFolder } from '../keys/key-file';
import { managementAccount } from '../management';

export interface ManagementSettings {
  data: string;
  /** With a trailing slash. */
  issuer: string;
  https: boolean;
}

/** `management`: settings for auth0-deploy-cli and Auth0's SDKs, as shell lines. Creates what is missing, so it works
 * before the tenant's first start. */
export function addManagementCommand(program: Command, settings: () => ManagementSettings): void {
  program
    .command('management')
    .description(
      'prints how to reach the Management API, with the credentials of an application that may do everything',
    )
    .action(async () => {
      const { data, issuer, https } = settings();
      await openDataFolder(data);
      const { client_id, client_secret } = await managementAccount(data);
      const lines: Record<string, string> = {
        AUTH0_DOMAIN: new URL(issuer).host,
        AUTH0_AUDIENCE: `${issuer}api/v2/`,
        AUTH0_CLIENT_ID: client_id,
        AUTH0_CLIENT_SECRET: client_secret,
        ...(https ? { NODE_EXTRA_CA_CERTS: (await localHttps(data)).authorityFile } : {}),
      };
      const text = Object.entries(lines).map(([key, value]) => `${key}=${quoted(value)}\n`);
      out(text.join(''));
      if (!issuer.startsWith('https:'))
        err(
          'auth0-deploy-cli and Auth0’s SDKs speak https only: add --https here and where the tenant is started.\n',
        );
    });
}

/** A path may have spaces. */
const quoted = (value: string) => (/^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);
