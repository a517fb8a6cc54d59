import express from 'express';
import session from 'express-session';

declare module 'express-session' {
  interface SessionData {
    user: Record<string, any>;
    pending: Record<string, Pending>;
    refused: 'once' | 'again';
  }
}
export interface Pending { nonce: string; verifier: string; goTo: string; at: number }

export const BASE = process.env.BASE_URL!;
export const ISSUER = process.env.ISSUER_BASE_URL!;
export const CALLBACK = `${BASE}/callback`;

/** Who has logged out stays logged out, whatever a slow request still wants to write back. */
export const closed = new Set<string>();
class Store extends session.MemoryStore {
  #gone = new Set<string>();
  override destroy(sid: string, done?: (error?: any) => void) {
    this.#gone.add(sid);
    setTimeout(() => this.#gone.delete(sid), 120_000).unref();
    super.destroy(sid, done);
  }
  override set(sid: string, data: session.SessionData, done?: (error?: any) => void) {
    if (!this.#gone.has(sid)) return super.set(sid, data, done);
    if (done) setImmediate(done);
  }
}

export function application() {
  const app = express();
  app.disable('x-powered-by');
  app.use((req, res, next) => {
    res.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'same-origin' });
    next();
  });
  app.use(session({
    name: '_appointments_session',
    secret: process.env.SESSION_SECRET!,
    store: new Store(),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: BASE.startsWith('https:') },
  }));
  // protect_from_forgery
  app.use((req, res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    const site = req.get('sec-fetch-site');
    const origin = req.get('origin');
    const foreign = site ? site !== 'same-origin' && site !== 'none' : origin !== undefined && origin !== new URL(BASE).origin;
    if (foreign) return void res.status(403).send('<h1>InvalidAuthenticityToken</h1>');
    next();
  });
  app.use(express.urlencoded({ extended: false }));
  return app;
}
