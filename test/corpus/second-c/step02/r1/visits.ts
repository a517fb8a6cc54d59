// The sessions. They live in this process; the browser has their name only.
import { randomBytes } from 'node:crypto';

export interface Login { nonce: string; verifier: string; then: string }
export interface Tokens {
  access: string;
  scope: string;
}

export class Visit {
  readonly id = randomBytes(32).toString('hex');
  user?: Record<string, any>;
  tokens?: Tokens;
  loggedInAt = 0;
  private logins: Map<string, Login>;
  private running = new Map<string, Promise<any>>();

  constructor(before?: Visit) {
    this.logins = new Map(before?.logins);
  }

  remember(state: string, login: Login) {
    this.logins.set(state, login);
    if (this.logins.size > 16) this.logins.delete([...this.logins.keys()][0]);
  }

  take(state: string) {
    const login = this.logins.get(state);
    this.logins.delete(state);
    return login;
  }

  once<T>(name: string, work: () => Promise<T>): Promise<T> {
    const running = this.running.get(name) ?? work().finally(() => this.running.delete(name));
    this.running.set(name, running);
    return running;
  }
}

const open = new Map<string, Visit>();

export const visits = {
  begin(before?: Visit) {
    const visit = new Visit(before);
    open.set(visit.id, visit);
    return visit;
  },
  find: (id: string) => open.get(id),
  end: (visit: Visit) => void open.delete(visit.id),
};
