const AREAS: Record<string, string> = {
  clients: 'read create update delete',
  client_keys: 'read create update delete',
  client_grants: 'read create update delete',
  resource_servers: 'read create update delete',
  connections: 'read create update delete',
  connections_options: 'read update',
  users: 'read create update delete',
  users_app_metadata: 'read create update delete',
  roles: 'read create update delete',
  role_members: 'read create delete',
  actions: 'read create update delete',
  triggers: 'read update',
  rules: 'read create update delete',
  rules_configs: 'read update delete',
  hooks: 'read create update delete',
  tenant_settings: 'read update',
  attack_protection: 'read update',
};

export const MANAGEMENT_SCOPES = Object.entries(AREAS).flatMap(([area, verbs]) =>
  verbs.split(' ').map((verb) => `${verb}:${area}`),
);

/** The scope of an area that the local tenant lacks, by path. No token has it, so a caller gets a real tenant's
 * answer without the scope, and auth0-deploy-cli continues without the area. */
export function missingArea(method: string, path: string): string | undefined {
  const area = Object.entries(ELSEWHERE).find(
    ([start]) => path === start || path.startsWith(`${start}/`),
  )?.[1];
  const verb = { GET: 'read', HEAD: 'read', POST: 'create', DELETE: 'delete' }[method] ?? 'update';
  return area && `${verb}:${area}`;
}

const ELSEWHERE: Record<string, string> = {
  '/actions/modules': 'action_modules',
  '/anomaly': 'anomaly_blocks',
  '/branding': 'branding',
  '/connection-profiles': 'connection_profiles',
  '/connections-directory-provisionings': 'directory_provisionings',
  '/custom-domains': 'custom_domains',
  '/device-credentials': 'device_credentials',
  '/email-templates': 'email_templates',
  '/emails': 'email_provider',
  '/event-streams': 'event_streams',
  '/flows': 'flows',
  '/forms': 'forms',
  '/groups': 'groups',
  '/guardian': 'guardian_factors',
  '/jobs': 'jobs',
  '/keys': 'signing_keys',
  '/log-streams': 'log_streams',
  '/logs': 'logs',
  '/network-acls': 'network_acls',
  '/organizations': 'organizations',
  '/prompts': 'prompts',
  '/rate-limit-policies': 'rate_limit_policies',
  '/refresh-tokens': 'refresh_tokens',
  '/risk-assessments': 'risk_assessments',
  '/self-service-profiles': 'self_service_profiles',
  '/sessions': 'sessions',
  '/stats': 'stats',
  '/supplemental-signals': 'supplemental_signals',
  '/tickets': 'user_tickets',
  '/token-exchange-profiles': 'token_exchange_profiles',
  '/user-attribute-profiles': 'user_attribute_profiles',
  '/user-blocks': 'user_blocks',
};
