import { readFileSync } from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import type { compileTemplate } from 'pug';
import { own } from '../../lib/own';

/** How one provider presents itself. */
export interface Brand {
  /** As the style sheet knows it. */
  id: string;
  name: string;
  tagline: string;
  /** A sentence for its front page. */
  about: string;
  /** What it calls the name of an account. */
  account: string;
}

interface Pages {
  'sign-in': {
    action: string;
    /** Who asked for the sign-in. */
    visitor: string;
    email: string;
    message?: string;
    accounts: readonly { email: string; password: string }[];
  };
  home: { user: string | undefined; facts: { label: string; value: string }[] };
  error: { title: string; explanation: string; next: string };
  /** A form that carries the answer to whoever asked. */
  'hand-over': {
    visitor: string;
    signedIn: boolean;
    action: string;
    fields: { name: string; value: string }[];
  };
}

const compiled = new Map<string, compileTemplate>();

/** One page as HTML; each view is compiled at its first use. */
export function page<V extends keyof Pages>(view: V, brand: Brand, origin: string, locals: Pages[V]): string {
  let template = compiled.get(view);
  if (!template) {
    const { compileFile } = require('pug') as typeof import('pug');
    template = compileFile(path.join(__dirname, 'views', `${view}.pug`));
    compiled.set(view, template);
  }
  return template({ brand, origin, ...locals });
}

/**
 * The headers of every page. No form-action: after the form the browser is redirected to the tenant, from there to its
 * application, and Chromium would hold each of them against a list that no provider can know.
 */
export const HEADERS = {
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

/** @returns whether the request was for one of the pages' own files. */
export function sentAsset(path_: string, res: http.ServerResponse): boolean {
  const asset = own(ASSETS, path_);
  if (!asset) return false;
  res
    .writeHead(200, { 'Content-Type': `${asset.type}; charset=utf-8`, 'Cache-Control': 'max-age=300' })
    .end(readFileSync(path.join(__dirname, asset.file)));
  return true;
}
