import express, { type NextFunction, type Request, type Response } from 'express';
import session from 'express-session';
import type { Settings } from './Settings';
import { Failure } from './Failure';
import { TenantGateway } from '../login/TenantGateway';
import { LoginController } from '../login/LoginController';
import { TransactionRepository } from '../login/TransactionRepository';
import { GrantRepository } from '../login/GrantRepository';
import { Views } from '../pages/Views';
import { AccountController } from '../pages/AccountController';

declare module 'express-session' {
  interface SessionData {
    visitor: boolean;
    user: Record<string, unknown> & { sub: string };
    grantId: string;
    refusedByApi: boolean;
    returnedAt: number;
  }
}

export class Application {
  private readonly express = express();

  constructor(private readonly settings: Settings) {
    const views = new Views();
    const grants = new GrantRepository();
    const tenant = new TenantGateway(settings);
    this.express.disable('x-powered-by');
    this.express.use(this.headers);
    this.express.use(
      session({
        name: 'appointments.session',
        secret: settings.sessionSecret,
        resave: false,
        saveUninitialized: false,
        cookie: { httpOnly: true, sameSite: 'lax', path: '/', secure: settings.baseUrl.protocol === 'https:' },
      }),
    );
    this.express.use(this.ownFormsOnly);
    this.express.use(express.urlencoded({ extended: false }));
    this.express.use(new LoginController(settings, tenant, new TransactionRepository(), grants, views).router());
    this.express.use(new AccountController(grants, views).router());
    this.express.use(() => {
      throw new Failure(404, 'Not found', 'There is no such page.');
    });
    this.express.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
      if (res.headersSent) return next(error);
      const status = (error as { status?: number }).status ?? 500;
      if (!(error instanceof Failure) && status >= 500) console.error(error);
      const failure =
        error instanceof Failure
          ? error
          : new Failure(status < 500 ? status : 500, 'Something went wrong', 'We could not do that. Please try again.');
      res.status(failure.status).send(views.failure(req.session?.user, failure));
    });
  }

  start(): void {
    this.express.listen(this.settings.port, () => console.log(`listening at ${this.settings.baseUrl}`));
  }

  private readonly headers = (_req: Request, res: Response, next: NextFunction): void => {
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('Content-Security-Policy', "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Referrer-Policy', 'no-referrer');
    next();
  };

  private readonly ownFormsOnly = (req: Request, _res: Response, next: NextFunction): void => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    const origin = req.get('origin');
    const site = req.get('sec-fetch-site');
    const foreign = (origin !== undefined && origin !== this.settings.baseUrl.origin) || (site !== undefined && !['same-origin', 'none'].includes(site));
    if (foreign) throw new Failure(403, 'Refused', 'This form came from another site.');
    next();
  };
}
