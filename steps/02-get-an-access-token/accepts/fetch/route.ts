import type http from 'node:http';
import type { Session } from './sessions';

export interface Visit {
  query: URLSearchParams;
  session: Session;
  res: http.ServerResponse;
}

export interface Route {
  /** Whoever has not logged in is sent to do so first. */
  needsUser?: boolean;
  run(visit: Visit): void | Promise<void>;
}
