import { readFileSync } from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import { own } from '../../lib/own';
import { viewsOf } from '../../lib/views';

export interface Brand {
  /** Matches data-brand in the style sheet. */
  id: string;
  name: string;
  tagline: string;
  about: string;
  account: string;
}

interface Pages {
  'sign-in': {
    action: string;
    visitor: string;
    email: string;
    message?: string | undefined;
    accounts: readonly { email: string; password: string }[];
  };
  home: { user: string | undefined; facts: { label: string; value: string }[] };
  error: { title: string; explanation: string; next: string };
  'hand-over': {
    visitor: string;
    signedIn: boolean;
    action: string;
    fields: { name: string; value: string }[];
  };
}

const views = viewsOf(path.join(__dirname, 'views'));

export function page<V extends keyof Pages>(view: V, brand: Brand, origin: string, locals: Pages[V]): string {
  return views(view)({ brand, origin, ...locals });
}

/** No form-action: Chromium would check each redirect after the form, to the tenant and its application, against a
 * list that no provider can know. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

export function send(res: http.ServerResponse, status: number, html: string): void {
  res.writeHead(status, { ...HEADERS, 'Content-Type': 'text/html; charset=utf-8' }).end(html);
}

const ASSETS: Record<string, { file: string; type: string }> = {
  '/assets/provider.css': { file: 'provider.css', type: 'text/css' },
  '/assets/hand-over.js': { file: 'hand-over.js', type: 'text/javascript' },
};

export function sentAsset(path_: string, res: http.ServerResponse): boolean {
  const asset = own(ASSETS, path_);
  if (!asset) return false;
  res
    .writeHead(200, { 'Content-Type': `${asset.type}; charset=utf-8`, 'Cache-Control': 'max-age=300' })
    .end(readFileSync(path.join(__dirname, asset.file)));
  return true;
}
