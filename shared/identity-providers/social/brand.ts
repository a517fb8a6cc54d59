import type { Brand } from '../pages';

export const BRAND: Brand = {
  id: 'gaggle',
  name: 'Gaggle',
  tagline: 'Where everybody already has an account',
  about:
    'A social provider for practising: an OpenID provider of its own, with accounts that the tenant does not have.',
  account: 'Your Gaggle e-mail address',
};
