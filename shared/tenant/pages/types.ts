export interface Scope {
  value: string;
  /** For people; may be empty. */
  description: string;
}

export interface OverviewPage {
  issuer: string;
  file: string;
  problems?: { file: string; path: string; line: number; message: string }[];
  apis: {
    name: string;
    identifier: string;
    scopes: Scope[];
    allow_offline_access: boolean;
    /** Seconds. */
    token_lifetime: number;
    /** With HS256, the setting SIGNING_SECRET__NAME has the secret. */
    signing_alg: string;
    token_dialect: string;
    /** RBAC. */
    enforce_policies: boolean;
    line: number;
  }[];
  applications: {
    name: string;
    client_id: string;
    callbacks: string[];
    grant_types: string[];
    databases: string[];
    connections?: string[];
    /** Rotating refresh tokens. */
    rotates: boolean;
    line: number;
    /** For each API: on behalf of users, or for itself (client_credentials). */
    mayAsk: { api: string; itself?: boolean; scopes: string[]; offline: boolean }[];
  }[];
  blocked?: { identifier: string; ip: string | undefined }[];
  endpoints: { label: string; url: string }[];
  roles: {
    name: string;
    description: string;
    permissions: { api: string; scopes: string[] }[];
    users: string[];
    line: number;
  }[];
  /** In the order in which it runs. */
  code: {
    kind: 'Action' | 'Rule' | 'Hook';
    name: string;
    runs: 'at login' | 'for an application itself';
    file: string;
  }[];
  /** file, line: in users.json; roles: also undefined ones. */
  users: { name: string; email: string; roles: string[]; file?: string; line?: number }[];
}
