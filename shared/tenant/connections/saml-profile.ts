import type { Profile } from '@node-saml/node-saml';
import type { SamlConnection } from '../config/connections';
import type { ConnectionProfile } from '../users/directory';

const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';
/** The NameID's name, as on a real tenant. */
const NAME_ID = `${CLAIMS}nameidentifier`;

/** Auth0's default mapping; the first name with a value counts. */
const DEFAULTS: Record<string, string | string[]> = {
  user_id: [NAME_ID, `${CLAIMS}upn`, `${CLAIMS}name`],
  email: `${CLAIMS}emailaddress`,
  name: `${CLAIMS}name`,
  given_name: [`${CLAIMS}givenname`, `${CLAIMS}name`],
  family_name: `${CLAIMS}surname`,
  groups: 'http://schemas.xmlsoap.org/claims/Group',
};

/** Fields of the normalized profile; others become attributes. */
const NORMALIZED = ['email', 'name', 'nickname', 'picture', 'given_name', 'family_name', 'username'] as const;

/** @returns the profile, or what is missing when no attribute identifies the user. */
export function samlProfile(
  { nameID, attributes }: Profile,
  { fieldsMap, user_id_attribute }: SamlConnection['options'],
): ConnectionProfile | string {
  const came = new Map(Object.entries({ [NAME_ID]: nameID, ...(attributes as Record<string, unknown>) }));
  const map = { ...DEFAULTS, ...fieldsMap };
  const names = (field: string) => [map[field] ?? []].flat();
  const userId = [...(user_id_attribute ? [user_id_attribute] : []), ...names('user_id')];
  const value = (wanted: string[]) =>
    wanted.map((name) => came.get(name)).find((one) => one !== undefined && one !== '');
  const id = value(userId);
  if (typeof id !== 'string')
    return `none of the attributes that may say who the user is came: ${userId.join(', ')}`;
  const known = NORMALIZED.map((field) => [field, value(names(field))] as const);
  const texts = known.filter((pair): pair is [(typeof pair)[0], string] => typeof pair[1] === 'string');
  const mapped = new Set([...Object.keys(map).flatMap(names), NAME_ID]);
  const extra = Object.keys(map).filter(
    (field) => field !== 'user_id' && !NORMALIZED.some((one) => one === field),
  );
  return {
    ...Object.fromEntries(texts),
    user_id: id,
    email_verified: String(value(['email_verified'])) === 'true',
    attributes: Object.fromEntries([
      ...[...came].filter(([name]) => !mapped.has(name)),
      ...extra.map((field) => [field, value(names(field))]).filter(([, one]) => one !== undefined),
    ]),
  };
}
