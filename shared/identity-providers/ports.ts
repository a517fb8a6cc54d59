export const PROVIDER_PORTS = { social: 4003, saml: 4004 } as const;
