import type http from 'node:http';

/** Lets a tenant's token endpoint take its time, before and after it does its work. */
export class SlowTokens {
  /** Milliseconds before it, and the same after it. */
  pause = 0;
  #arrived: (() => void) | undefined;

  /** The next request that must wait. */
  arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  wrap =
    (handler: http.RequestListener): http.RequestListener =>
    (req, res) => {
      const { pause } = this;
      if (pause === 0 || !req.url?.startsWith('/oauth/token')) return handler(req, res);
      this.#arrived?.();
      const end = res.end.bind(res) as (...args: unknown[]) => typeof res;
      res.end = ((...args: unknown[]) => {
        setTimeout(() => end(...args), pause);
        return res;
      }) as typeof res.end;
      // A request that was cut off on its way has not reached the tenant.
      setTimeout(() => req.socket.destroyed || handler(req, res), pause);
    };
}
