export interface Scope {
  value: string;
  /** What a person reads; empty when the API gives none. */
  description: string;
}

export interface OverviewPage {
  issuer: string;
  /** tenant.yaml's path. */
  file: string;
  problems?: { file: string; path: string; line: number; message: string }[];
  apis: {
    name: string;
    identifier: string;
    scopes: Scope[];
    allow_offline_access: boolean;
    /** Seconds. */
    token_lifetime: number;
    /** HS256 signs with the API's own secret, which the setting SIGNING_SECRET__NAME has. */
    signing_alg: string;
    token_dialect: string;
    /** RBAC: whether the user's permissions cut what is asked for. */
    enforce_policies: boolean;
    line: number;
  }[];
  applications: {
    name: string;
    client_id: string;
    callbacks: string[];
    grant_types: string[];
    /** Whose users may log in with it. */
    databases: string[];
    /** The other connections with which its users may log in. */
    connections?: string[];
    /** Whether its refresh tokens are replaced at each use. */
    rotates: boolean;
    line: number;
    /** At each API where it may have tokens: for users, or for itself (client_credentials). */
    mayAsk: { api: string; itself?: boolean; scopes: string[]; offline: boolean }[];
  }[];
  /** Accounts that brute-force protection keeps out. */
  blocked?: { identifier: string; ip: string | undefined }[];
  endpoints: { label: string; url: string }[];
  roles: {
    name: string;
    description: string;
    /** What it permits, API by API. */
    permissions: { api: string; scopes: string[] }[];
    /** Who has it: names. */
    users: string[];
    line: number;
  }[];
  /** The code that runs, in the order in which it does. */
  code: {
    kind: 'Action' | 'Rule' | 'Hook';
    name: string;
    runs: 'at login' | 'for an application itself';
    file: string;
  }[];
  /** line: where the user begins in the file; roles: also those that tenant.yaml does not define. */
  users: { name: string; email: string; roles: string[]; file?: string; line?: number }[];
}
