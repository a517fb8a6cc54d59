import { decodeJwt } from 'jose';

export interface Attributes {
  roles: string[];
  office: string;
}

/** By the identifier of the session. */
const known = new Map<string, Attributes>();

/** @param idToken verified before. */
export function learn(session: string, idToken: string | undefined): void {
  const claims = Object.entries(idToken ? decodeJwt(idToken) : {});
  const find = (name: string) => claims.find(([key]) => key.endsWith(`/${name}`))?.[1];
  const [roles, office] = [find('roles'), find('office')];
  known.set(session, {
    roles: Array.isArray(roles) ? roles.map(String) : [],
    office: typeof office === 'string' ? office : '',
  });
}

export const attributesOf = (session: string): Attributes => known.get(session) ?? { roles: [], office: '' };
