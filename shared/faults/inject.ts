import type http from 'node:http';
import { withClock } from './clock';

/** What happens to one request; `undefined` answers normally. */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Milliseconds until it is answered normally. */
  | { wait: number }
  /** Answered normally once this is settled. */
  | { until: Promise<unknown> }
  | 'reset'
  | 'hang'
  | undefined;

export class FaultInjector {
  decide: (req: http.IncomingMessage) => Fault = () => undefined;
  /** Seconds ahead, or behind when negative (see `allowShiftedClocks`). */
  clock = 0;
  readonly #hanging = new Set<http.ServerResponse>();

  get waiting(): number {
    return this.#hanging.size;
  }

  wrap(handler: http.RequestListener): http.RequestListener {
    const serve: http.RequestListener = (req, res) => withClock(this.clock, () => handler(req, res));
    return (req, res) => {
      const fault = this.decide(req);
      if (fault === undefined) return serve(req, res);
      if (typeof fault === 'object' && 'wait' in fault)
        return void setTimeout(() => serve(req, res), fault.wait);
      if (typeof fault === 'object' && 'until' in fault)
        return void fault.until.then(
          () => serve(req, res),
          () => serve(req, res),
        );
      if (fault === 'reset') return req.socket.destroy();
      if (fault === 'hang') {
        this.#hanging.add(res);
        res.once('close', () => this.#hanging.delete(res));
        return;
      }
      res
        .writeHead(fault.status, { 'content-type': 'application/problem+json', ...fault.headers })
        .end(fault.body ?? '{}');
    };
  }

  clear(): void {
    this.decide = () => undefined;
    this.clock = 0;
    for (const res of this.#hanging) res.destroy();
  }
}
