import { randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import type { Settings } from '../core/Settings';
import { Failure } from '../core/Failure';
import type { Views } from '../pages/Views';
import type { Grant, GrantRepository } from './GrantRepository';
import type { TenantGateway } from './TenantGateway';
import type { TransactionRepository } from './TransactionRepository';

interface Outcome {
  target: string;
  login?: { user: Record<string, unknown> & { sub: string }; grantId: string };
}

export class LoginController {
  private readonly inProgress = new Map<string, Promise<Outcome>>();

  constructor(
    private readonly settings: Settings,
    private readonly tenant: TenantGateway,
    private readonly transactions: TransactionRepository,
    private readonly grants: GrantRepository,
    private readonly views: Views,
  ) {}

  router(): Router {
    return Router()
      .get('/login', (req, res) => this.login(req, res))
      .get('/callback', (req, res) => this.callback(req, res))
      .get('/logout', (req, res) => void res.send(this.views.logout(req.session.user)))
      .post('/logout', (req, res) => this.logout(req, res));
  }

  private async login(req: Request, res: Response): Promise<void> {
    const asked = typeof req.query.scope === 'string' ? req.query.scope.split(' ') : [];
    const { state, transaction, address } = await this.tenant.begin(this.ownPath(req.query.returnTo), asked);
    this.transactions.save(state, transaction);
    req.session.visitor = true;
    await this.promised((done) => req.session.save(done));
    res.redirect(303, address);
  }

  private async callback(req: Request, res: Response): Promise<void> {
    const key = `${req.sessionID}|${req.originalUrl}`;
    const running = this.inProgress.get(key) ?? this.complete(req).finally(() => this.inProgress.delete(key));
    this.inProgress.set(key, running);
    const { target, login } = await running;
    if (login) {
      const { refusedByApi, grantId } = req.session;
      if (grantId !== login.grantId) this.grants.delete(grantId);
      await this.promised((done) => req.session.regenerate(done));
      Object.assign(req.session, { user: login.user, grantId: login.grantId });
      if (refusedByApi) req.session.returnedAt = Date.now();
      await this.promised((done) => req.session.save(done));
    }
    res.redirect(303, target);
  }

  private async complete(req: Request): Promise<Outcome> {
    const state = String(req.query.state ?? '');
    const transaction = this.transactions.take(state);
    if (!transaction) {
      if (req.session.user) return { target: '/profile' };
      throw new Failure(400, 'This login is no longer open', 'Perhaps it was used before. Please begin a new one.', { href: '/login', text: 'Log in' });
    }
    const query = req.originalUrl.slice(req.originalUrl.indexOf('?'));
    const { user, grant } = await this.tenant.complete(query, state, transaction);
    const grantId = randomUUID();
    this.grants.insert(grantId, grant as Grant);
    return { target: transaction.target, login: { user, grantId } };
  }

  private async logout(req: Request, res: Response): Promise<void> {
    const idToken = this.grants.find(req.session.grantId)?.idToken;
    this.grants.delete(req.session.grantId);
    await this.promised((done) => req.session.destroy(done));
    res.clearCookie('appointments.session', { path: '/' });
    res.redirect(303, await this.tenant.farewell(idToken));
  }

  private ownPath(wanted: unknown): string {
    const base = this.settings.baseUrl;
    if (typeof wanted !== 'string' || !wanted.startsWith('/') || !URL.canParse(wanted, base)) return '/profile';
    const { pathname, search } = new URL(wanted, base);
    const path = pathname + search;
    const honest = [wanted, path].every((way) => URL.canParse(way, base) && new URL(way, base).origin === base.origin);
    return honest ? path : '/profile';
  }

  private promised(work: (done: (error?: unknown) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
  }
}
