import type http from 'node:http';
import { withClock } from './clock';
import { type Forgery, withForgery } from './forgery';
import { trickle } from './trickle';

/** What happens to one request; `undefined` answers normally. */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Milliseconds until it is answered normally. */
  | { wait: number }
  /** Answered normally once this is settled. */
  | { until: Promise<unknown> }
  /** Milliseconds between the bytes of its normal answer; called when the first byte has left. */
  | { trickle: number; onBegin?: () => void }
  /** The tenant forges its answer; called when it has. */
  | { forge: Forgery; onUse?: () => void }
  | 'reset'
  | 'hang'
  | undefined;

const asItIs = (): Fault => undefined;

export class FaultInjector {
  decide: (req: http.IncomingMessage) => Fault = asItIs;
  /** Seconds ahead, or behind when negative (see `allowShiftedClocks`). */
  clock = 0;
  readonly #hanging = new Set<http.ServerResponse>();

  /** Whether anything is decided of requests. */
  get active(): boolean {
    return this.decide !== asItIs;
  }

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
      if (typeof fault === 'object' && 'forge' in fault) {
        const { forge: forgery, onUse = () => {} } = fault;
        return withForgery({ forgery, onUse }, () => serve(req, res));
      }
      if (typeof fault === 'object' && 'trickle' in fault) {
        this.#hold(res);
        trickle(res, fault.trickle, fault.onBegin);
        return serve(req, res);
      }
      if (fault === 'reset') return req.socket.destroy();
      if (fault === 'hang') return this.#hold(res);
      res
        .writeHead(fault.status, { 'content-type': 'application/problem+json', ...fault.headers })
        .end(fault.body ?? '{}');
    };
  }

  /** An answer that is long in coming ends with the fault. */
  #hold(res: http.ServerResponse): void {
    this.#hanging.add(res);
    res.once('close', () => this.#hanging.delete(res));
  }

  clear(): void {
    this.decide = asItIs;
    this.clock = 0;
    for (const res of this.#hanging) res.destroy();
  }
}
