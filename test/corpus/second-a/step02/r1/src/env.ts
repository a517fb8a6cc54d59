const get = (name: string) => process.env[name] ?? (() => { throw new Error(`Set ${name}`); })();
export const PORT = get('PORT');
export const BASE_URL = get('BASE_URL');
export const ISSUER_BASE_URL = get('ISSUER_BASE_URL');
export const CLIENT_ID = get('CLIENT_ID');
export const CLIENT_SECRET = get('CLIENT_SECRET');
export const AUDIENCE = get('AUDIENCE');
export const SESSION_SECRET = get('SESSION_SECRET');
