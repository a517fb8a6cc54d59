/** Reserved names: such a custom claim is left out of the token, and the login continues
 * (auth0.com/docs/secure/tokens/json-web-tokens/create-custom-claims). */
const RESERVED = new Set(
  `acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest entitlements events exp
  groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf nonce object_id org_id org_name orig origid
  permissions roles rph s_hash scope sid sip_callid sip_cseq_num sip_date sip_from_tag sip_via_branch sub sub_jwk toe txn typ uuid vot
  vtm x5t#S256`.split(/\s+/),
);

/** OpenID Connect Core 5.1: needs no namespace. */
const PROFILE = new Set(
  `address birthdate email email_verified family_name gender given_name locale middle_name name nickname phone_number
  phone_number_verified picture preferred_username profile updated_at website zoneinfo`.split(/\s+/),
);

const FOREIGN = /^https?:\/\/([^/]+\.)?(auth0\.com|webtask\.io|webtask\.run)(:\d+)?(\/|$)/i;

/** Bytes of a token's custom claims as JSON. */
export const LARGEST = 100 * 1024;

export function droppedBecause(name: string): string | undefined {
  if (name === '__proto__') return 'JavaScript itself uses this name';
  if (RESERVED.has(name))
    return `the name is reserved; use one in your own namespace, such as https://my-app.example/${name}`;
  if (FOREIGN.test(name)) return 'Auth0’s own domains cannot be a namespace; use your own URL';
  return undefined;
}

/** @returns a warning about a name that is accepted. */
export function hintFor(name: string): string | undefined {
  if (/^https?:\/\//i.test(name) || PROFILE.has(name)) return undefined;
  return `the claim ${name} has no namespace and may one day collide with a claim of a standard; your own URL, such as https://my-app.example/${name}, cannot`;
}
