import type { OverviewPage } from './index';

/** The overview for a terminal of at most 100 columns: what each application may now ask for. */
export function overviewText(page: OverviewPage): string {
  const lines = [`Tenant ${page.issuer}`, `from ${page.file}`, ''];
  if (page.applications.length === 0)
    lines.push('No application is registered yet (clients in tenant.yaml).', '');
  for (const app of page.applications) {
    lines.push(`Application ${app.name}  (line ${app.line})`, `  client ID   ${app.client_id}`);
    for (const callback of app.callbacks) lines.push(`  callback    ${callback}`);
    lines.push(`  grants      ${app.grant_types.join(', ')}`);
    for (const may of app.mayAsk) {
      lines.push(`  may ask at  ${may.api}`);
      for (const scope of may.scopes) lines.push(`              ${scope}`);
      lines.push(
        `              ${may.offline ? 'offline_access: gets a refresh token' : 'no refresh token'}`,
      );
    }
    lines.push('');
  }
  if (page.apis.length === 0) lines.push('No API is described yet (resourceServers in tenant.yaml).', '');
  for (const api of page.apis) {
    lines.push(`API ${api.name}  (line ${api.line})`, `  identifier  ${api.identifier}`);
    lines.push(
      `  lifetime    ${api.token_lifetime} s, offline access ${api.allow_offline_access ? 'allowed' : 'not allowed'}`,
    );
    for (const scope of api.scopes) lines.push(`  scope       ${scope.value}  ${scope.description}`);
    lines.push('');
  }
  return `${lines.join('\n')}`;
}
