import type { Forgery } from '../../../shared/faults/forgery';

/** An ID token that must log nobody in (OpenID Connect Core 1.0, section 3.1.3.7), and what is wrong with an app that takes it. */
export interface ForgedToken {
  /** The diagnosis of an app that accepts this one. */
  id: string;
  /** What is wrong with the token. */
  what: string;
  claims: NonNullable<NonNullable<Forgery['id_token']>['claims']>;
  cause: string;
  next: string;
}

/** @param clientId of the app. */
export const forgedTokens = (clientId: string): ForgedToken[] => [
  {
    id: 'nonce-not-verified',
    what: 'its nonce is another login’s',
    claims: { nonce: 'the-nonce-of-another-login' },
    cause:
      'the app does not compare the ID token’s nonce: the token of another login takes the place of this one',
    next: 'compare the nonce with the one that /login sent: expectedNonce of openid-client does that',
  },
  {
    id: 'nonce-may-be-missing',
    what: 'it has no nonce',
    claims: { nonce: null },
    cause: 'the app compares the nonce only if there is one: a token without a nonce fits every login',
    next: 'refuse an ID token without the nonce that /login sent',
  },
  {
    id: 'audience-not-verified',
    what: 'its aud is another application',
    claims: { aud: 'another-application' },
    cause:
      'the app does not compare the ID token’s aud: a token that another application got logs its user in here',
    next: 'refuse an ID token whose aud is not your CLIENT_ID',
  },
  {
    id: 'audience-shared',
    what: 'its aud has another application beside yours, and no azp',
    claims: { aud: [clientId, 'another-application'], azp: null },
    cause:
      'the app only looks whether its CLIENT_ID is in aud: the tenant issued this token for another application too, which the app does not know',
    next: 'refuse an ID token with several audiences, unless you trust each of them',
  },
  {
    id: 'issuer-not-verified',
    what: 'its iss is another tenant',
    claims: { iss: 'https://another-tenant.example/' },
    cause: 'the app does not compare the ID token’s iss: it accepts a token of any issuer',
    next: 'refuse an ID token whose iss is not the issuer of the discovery document',
  },
  {
    id: 'expiry-not-verified',
    what: 'it expired an hour ago',
    claims: { exp: 'now-3600', iat: 'now-7200' },
    cause: 'the app does not look at the ID token’s exp: an old token logs its user in for ever',
    next: 'refuse an ID token whose exp is past; allow a minute for clocks that differ',
  },
  {
    id: 'subject-may-be-missing',
    what: 'it has no sub',
    claims: { sub: null },
    cause: 'the app accepts an ID token that names no user: sub is the user’s only identifier',
    next: 'refuse an ID token without sub',
  },
];
