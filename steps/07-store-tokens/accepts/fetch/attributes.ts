import { decodeJwt } from 'jose';
import { change, read } from './rows';

export interface Attributes {
  roles: string[];
  office: string;
}

/** @param idToken verified before. */
export function learn(session: string, idToken: string | undefined): void {
  const claims = Object.entries(idToken ? decodeJwt(idToken) : {});
  const find = (name: string) => claims.find(([key]) => key.endsWith(`/${name}`))?.[1];
  const [roles, office] = [find('roles'), find('office')];
  const attributes: Attributes = {
    roles: Array.isArray(roles) ? roles.map(String) : [],
    office: typeof office === 'string' ? office : '',
  };
  change(session, 'data', (data) => ({ ...data, attributes }));
}

export const attributesOf = (session: string): Attributes =>
  read<{ attributes?: Attributes }>(session, 'data')?.attributes ?? { roles: [], office: '' };
