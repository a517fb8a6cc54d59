import 'express-session';

declare module 'express-session' {
  interface SessionData {
    begun: boolean;
    user: Record<string, unknown> & { sub: string };
  }
}
