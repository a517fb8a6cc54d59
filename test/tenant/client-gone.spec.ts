import { once } from 'node:events';
import http from 'node:http';
import { expect } from 'chai';
import { FaultInjector } from '../../shared/faults/inject';
import { Client } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';

const NEXT = { grant_type: 'refresh_token', refresh_token: 'next' };

describe('the tenant and a client that has gone before its request is served', () => {
  const faults = new FaultInjector();
  let test: TestTenant;
  let client: Client;
  before(async () => {
    test = await startTestTenant({ wrap: (handler) => faults.wrap(handler) });
    client = new Client(test.tenant);
  });
  after(async () => {
    client?.close();
    await test?.close();
  });

  /** Sends a request for tokens that waits, and returns once its connection has closed in the tenant. */
  async function killedRequest(until: Promise<unknown>, type: string, body: string): Promise<void> {
    const arrived = new Promise<http.IncomingMessage>((resolve) => {
      faults.decide = (req) => {
        resolve(req);
        return { until };
      };
    });
    const sent = http.request(new URL('/oauth/token', test.tenant.origin), {
      method: 'POST',
      headers: { 'content-type': type, 'content-length': body.length },
      agent: false,
    });
    sent.on('error', () => {});
    sent.end(body);
    const received = await arrived;
    faults.clear();
    const closed = once(received.socket, 'close');
    sent.destroy();
    await closed;
  }

  const bodies: [type: string, body: string][] = [
    ['application/x-www-form-urlencoded', 'grant_type=refresh_token&refresh_token=x'],
    ['application/json', '{"grant_type":"refresh_token","refresh_token":"x"}'],
  ];
  for (const [type, body] of bodies)
    it(`is silent: ${type}`, async () => {
      const before = test.tenant.events.recent().length;
      const warnings: unknown[] = [];
      const { warn } = console;
      console.warn = (...words) => warnings.push(...words);
      try {
        let serve = () => {};
        await killedRequest(new Promise<void>((resolve) => (serve = resolve)), type, body);
        serve();
        // The tenant serves the next request after this one.
        const next = await client.token({ ...test.credentials('WEB'), ...NEXT });
        expect(next.status).to.equal(400);
      } finally {
        console.warn = warn;
      }
      expect(warnings).to.deep.equal([]);
      expect(test.tenant.events.recent().slice(before), 'of the next request').to.have.length(1);
    });
});
