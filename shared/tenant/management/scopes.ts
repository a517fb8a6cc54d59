const ALL = 'read create update delete';
const AREAS = [
  { areas: 'clients client_keys client_grants resource_servers connections', verbs: ALL },
  { areas: 'connections_options', verbs: 'read update' },
  { areas: 'users users_app_metadata roles', verbs: ALL },
  { areas: 'role_members', verbs: 'read create delete' },
  { areas: 'actions', verbs: ALL },
  { areas: 'triggers', verbs: 'read update' },
  { areas: 'rules', verbs: ALL },
  { areas: 'rules_configs', verbs: 'read update delete' },
  { areas: 'hooks', verbs: ALL },
  { areas: 'tenant_settings attack_protection', verbs: 'read update' },
];

export const MANAGEMENT_SCOPES = AREAS.flatMap(({ areas, verbs }) =>
  areas.split(' ').flatMap((area) => verbs.split(' ').map((verb) => `${verb}:${area}`)),
);

/** The scope of an area that the local tenant lacks, by path. No token has it, so a caller gets a real tenant's
 * answer without the scope, and auth0-deploy-cli continues without the area. */
export function missingArea(method: string, path: string): string | undefined {
  const area = [...ELSEWHERE].find(([start]) => path === start || path.startsWith(`${start}/`))?.[1];
  const verb = { GET: 'read', HEAD: 'read', POST: 'create', DELETE: 'delete' }[method] ?? 'update';
  return area && `${verb}:${area}`;
}

const ELSEWHERE = new Map([
  ...`branding connection-profiles custom-domains device-credentials email-templates event-streams flows
    forms groups jobs log-streams logs network-acls organizations prompts rate-limit-policies
    refresh-tokens risk-assessments self-service-profiles sessions stats supplemental-signals
    token-exchange-profiles user-attribute-profiles user-blocks`
    .split(/\s+/)
    .map((area): [string, string] => [`/${area}`, area.replaceAll('-', '_')]),
  ['/actions/modules', 'action_modules'],
  ['/anomaly', 'anomaly_blocks'],
  ['/connections-directory-provisionings', 'directory_provisionings'],
  ['/emails', 'email_provider'],
  ['/guardian', 'guardian_factors'],
  ['/keys', 'signing_keys'],
  ['/tickets', 'user_tickets'],
]);
