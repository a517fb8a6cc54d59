import { readFileSync } from 'node:fs';
import path from 'node:path';
import { viewsOf } from '../../lib/views';
import { consentWords, type Scope } from './consent-words';

/** Served at /assets/tenant.css. */
export const stylesheet = readFileSync(path.join(__dirname, 'tenant.css'), 'utf8');

export const views = viewsOf(path.join(__dirname, 'views'));

/** Compiles the pages of every login ahead of the first one. */
export function preparePages(): void {
  for (const view of ['login', 'consent']) views(view);
}

interface Common {
  /** Shown for comparison with the address bar. */
  tenantOrigin: string;
}

export interface LoginPage extends Common {
  /** Receives the form: email and password, or decision=cancel. */
  action: string;
  application: string;
  /** As in URL.origin. */
  callbackOrigin: string;
  /** Whether password login is possible; default true. */
  password?: boolean;
  providers?: { label: string; href: string }[];
  email?: string;
  error?: keyof typeof LOGIN_ERRORS;
}

/** Does not reveal which e-mail addresses exist. */
const LOGIN_ERRORS = {
  credentials: 'The e-mail address or the password is wrong.',
  blocked: 'This account is blocked. Ask whoever runs this tenant.',
  // Auth0's words, without the e-mail that this tenant cannot send.
  attempts:
    'Your account has been blocked after multiple consecutive login attempts. The operator of this tenant can unblock it on its start page.',
  busy: 'Too many people log in to this account at the moment. Try again.',
  missing: 'Type your e-mail address and your password.',
} as const;

export function loginPage({
  error,
  email = '',
  callbackOrigin,
  password = true,
  providers = [],
  ...page
}: LoginPage): string {
  const message = error && LOGIN_ERRORS[error];
  return views('login')({
    ...page,
    // An app with a custom scheme has no origin ("null").
    goesBackTo: callbackOrigin === 'null' ? undefined : callbackOrigin,
    email,
    password,
    providers,
    error,
    message,
    invalid: message ? 'true' : null,
    described: message ? 'error' : null,
  });
}

/** A form that the user sends: the pages have no scripts. */
export function handOverPage(
  page: Common & { action: string; fields: Record<string, string>; provider: string },
): string {
  const fields = Object.entries(page.fields).map(([name, value]) => ({ name, value }));
  return views('hand-over')({ ...page, fields });
}

export interface ConsentPage extends Common {
  /** Receives decision=accept or decision=decline. */
  action: string;
  application: string;
  user: { name: string; email: string; picture?: string | undefined };
  api?: { name: string; identifier: string } | undefined;
  scopes: Scope[];
  useDescriptions?: boolean;
}

export function consentPage(page: ConsentPage): string {
  const { picture } = page.user;
  return views('consent')({
    ...page,
    // Other pictures would be fetched from elsewhere, which the page's policy forbids.
    picture: picture?.startsWith('data:image/') ? picture : undefined,
    ...consentWords(page.scopes, page.useDescriptions ?? false),
  });
}

export interface ErrorPage extends Common {
  status: number;
  title: string;
  explanation: string;
  facts?: { label: string; value: string }[];
  expected?: { label: string; values: string[] };
  next: string;
  /** OAuth error code. */
  code?: string;
}

export const FAILED = {
  title: 'The tenant failed',
  explanation: 'Something went wrong here, not in your application.',
};

export const errorPage = (page: ErrorPage): string => views('error')(page);

/** Confirmed by logout=yes; any form without `logout` declines. */
export function logoutPage(
  page: Common & { action: string; xsrf?: string; application?: string | undefined },
): string {
  return views('logout')(page);
}

export function loggedOutPage(page: Common & { application?: string | undefined }): string {
  return views('logged-out')(page);
}

/** For a form with an unknown target: an Action may redirect anywhere. */
export const ANYWHERE = ['https:', 'http:'];

/** Headers of every page. @param formTargets URLs that a form may redirect to: Chromium applies form-action to the
 * whole chain of redirects, so the application's callback must be named. */
export function securityHeaders(formTargets: string[]): Record<string, string> {
  const targets = formTargets
    .filter((url) => ANYWHERE.includes(url) || URL.canParse(url))
    .map((url) => {
      if (ANYWHERE.includes(url)) return url;
      const { protocol, origin } = new URL(url);
      return origin === 'null' ? protocol : origin;
    });
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    `form-action ${["'self'", ...new Set(targets)].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}
