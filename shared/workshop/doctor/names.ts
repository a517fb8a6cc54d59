import { APP_SETTINGS } from '../../lib/app-settings';
import { distance } from '../../lib/nearest';

const KNOWN: readonly string[] = [
  ...APP_SETTINGS,
  'PORT',
  'REDIS_URL',
  'APP_PORT',
  'GUIDE_PORT',
  'TENANT_PORT',
  'API_PORT',
];

/** Names of other samples and libraries. */
const ELSEWHERE: Record<string, string> = {
  AUTH0_DOMAIN: 'ISSUER_BASE_URL',
  DOMAIN: 'ISSUER_BASE_URL',
  ISSUER: 'ISSUER_BASE_URL',
  ISSUER_URL: 'ISSUER_BASE_URL',
  AUTH0_ISSUER_BASE_URL: 'ISSUER_BASE_URL',
  AUTH0_CLIENT_ID: 'CLIENT_ID',
  AUTH0_CLIENT_SECRET: 'CLIENT_SECRET',
  AUTH0_AUDIENCE: 'AUDIENCE',
  API_IDENTIFIER: 'AUDIENCE',
  API_AUDIENCE: 'AUDIENCE',
  AUTH0_BASE_URL: 'BASE_URL',
  AUTH0_SECRET: 'SESSION_SECRET',
  SECRET: 'SESSION_SECRET',
  API_BASE_URL: 'API_URL',
  REDIS_URI: 'REDIS_URL',
  STORE_KEY: 'STORE_KEYS',
};

/** The setting that a name probably means; undefined for a known name, and for one that is like none. */
export function nearest(name: string): string | undefined {
  if (KNOWN.includes(name)) return undefined;
  const upper = name.toUpperCase().replace(/[.-]/g, '_');
  if (KNOWN.includes(upper)) return upper;
  if (ELSEWHERE[upper]) return ELSEWHERE[upper];
  // Two typos in a long name, one in a short one.
  return KNOWN.find((one) => distance(upper, one) <= (one.length > 8 ? 2 : 1));
}
