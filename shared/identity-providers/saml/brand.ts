import type { Brand } from '../pages';

/** Staff log in with accounts that the organization gave them. */
export const BRAND: Brand = {
  id: 'larkfield',
  name: 'Larkfield Clinic',
  tagline: 'Staff directory',
  about:
    'A SAML 2.0 identity provider for practising: it knows the staff of a clinic, and reports to the tenant which of them signed in.',
  account: 'Your staff e-mail address',
};
