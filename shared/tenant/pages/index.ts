import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { compileTemplate } from 'pug';
import { consentWords } from './consent-words';
import { whyNotOffline } from './overview-text';
import type { OverviewPage, Scope } from './types';

export { overviewText } from './overview-text';
export type { OverviewPage } from './types';

/** The tenant's one style sheet, served at /assets/tenant.css. */
export const stylesheet = readFileSync(path.join(__dirname, 'tenant.css'), 'utf8');

const compiled = new Map<string, compileTemplate>();

/** Compiles the pages of every login, for whoever has time for it before the first one. */
export function preparePages(): void {
  for (const view of ['login', 'consent']) compiledView(view);
}

function render(view: string, locals: object): string {
  return compiledView(view)(locals);
}

/** Each view is compiled once, at its first use. */
function compiledView(view: string): compileTemplate {
  let template = compiled.get(view);
  if (!template) {
    // Loaded at the first page: it takes as long as all the rest of a command that shows none.
    const { compileFile } = require('pug') as typeof import('pug');
    template = compileFile(path.join(__dirname, 'views', `${view}.pug`), { compileDebug: false });
    compiled.set(view, template);
  }
  return template;
}

interface Common {
  /** Repeated on the page, to be compared with the address bar. */
  tenantOrigin: string;
}

export interface LoginPage extends Common {
  /** Where the form is posted, with fields email and password; decision=cancel gives up. */
  action: string;
  application: string;
  /** Where the browser goes after the login, as URL.origin spells it. */
  callbackOrigin: string;
  /** Whether one can log in with a password; yes unless told otherwise. */
  password?: boolean;
  /** Other providers with whom one can log in, and where that begins. */
  providers?: { label: string; href: string }[];
  email?: string;
  error?: keyof typeof LOGIN_ERRORS;
}

/** What went wrong, without saying which part: an attacker must not learn which e-mail addresses exist. */
const LOGIN_ERRORS = {
  credentials: 'The e-mail address or the password is wrong.',
  blocked: 'This account is blocked. Ask whoever runs this tenant.',
  // Auth0's words but for its e-mail, which this tenant cannot send.
  attempts:
    'Your account has been blocked after multiple consecutive login attempts. Whoever runs this tenant can unblock it on its start page.',
  busy: 'Too many people log in to this account at the moment. Try again.',
  missing: 'Type your e-mail address and your password.',
} as const;

/** The page that asks for a password. */
export function loginPage({
  error,
  email = '',
  callbackOrigin,
  password = true,
  providers = [],
  ...page
}: LoginPage): string {
  const message = error && LOGIN_ERRORS[error];
  return render('login', {
    ...page,
    // An app on a phone is called back at a scheme of its own, which has no origin ("null").
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

/** Carries a request to another provider in a form, which a person sends: the pages have no scripts. */
export function handOverPage(
  page: Common & { action: string; fields: Record<string, string>; provider: string },
): string {
  const fields = Object.entries(page.fields).map(([name, value]) => ({ name, value }));
  return render('hand-over', { ...page, fields });
}

export interface ConsentPage extends Common {
  /** Where the form is posted, with decision=accept or decision=decline. */
  action: string;
  application: string;
  user: { name: string; email: string; picture?: string };
  api?: { name: string; identifier: string };
  scopes: Scope[];
  /** The tenant's flag use_scope_descriptions_for_consent. */
  useDescriptions?: boolean;
}

/** The page that asks the user what the application may do. */
export function consentPage(page: ConsentPage): string {
  const { picture } = page.user;
  return render('consent', {
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
  /** What was sent. */
  facts: { label: string; value: string }[];
  expected?: { label: string; values: string[] };
  /** What to do next. */
  next: string;
  /** The OAuth error code. */
  code?: string;
}

/** The page for a request that cannot be answered to the application. */
export function errorPage(page: ErrorPage): string {
  return render('error', page);
}

/** Asks whether to log out; the answer yes is logout=yes, anything without `logout` a no. */
export function logoutPage(page: Common & { action: string; xsrf?: string; application?: string }): string {
  return render('logout', page);
}

/** What the user sees after a logout that leads nowhere else. */
export function loggedOutPage(page: Common & { application?: string }): string {
  return render('logged-out', page);
}

/** The page where a learner sees what an application may now ask for. */
export function overviewPage(page: OverviewPage): string {
  const applications = page.applications.map((app) => ({
    ...app,
    mayAsk: app.mayAsk.map((may) => {
      const api = page.apis.find(({ identifier }) => identifier === may.api);
      return { ...may, name: api?.name ?? may.api, why: whyNotOffline(app, api) };
    }),
  }));
  return render('overview', { ...page, applications, tenantOrigin: new URL(page.issuer).origin });
}

/** For a form whose answer may lead to any page: an Action may send the user there, and nobody knows where before it
 * has run. */
export const ANYWHERE = ['https:', 'http:'];

/**
 * The headers of every page: no script, nothing from elsewhere, no frame around it, nothing stored.
 *
 * @param formTargets URLs to which a form's answer may redirect. Chromium applies form-action to the whole chain of
 *   redirects after a form was sent, so the application's callback must be named.
 */
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
