import type { SessionOptions } from 'express-session';
import type { Config } from './config';
import type { StoreConfig } from './store-config';

export function sessionCookie({ baseUrl }: Config, { idleSeconds }: StoreConfig): Partial<SessionOptions> {
  const cookie = { httpOnly: true, sameSite: 'lax', path: '/', maxAge: idleSeconds * 1000 } as const;
  return baseUrl.protocol === 'https:'
    ? { name: '__Host-appointments', rolling: true, cookie: { ...cookie, secure: true } }
    : { name: 'appointments', rolling: true, cookie: { ...cookie, secure: false } };
}
