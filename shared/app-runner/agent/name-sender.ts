import diagnostics from 'node:diagnostics_channel';
import http from 'node:http';
import { observe } from '../../lib/observe';
import { SENDER } from '../../recorder/sender-header';
import type { SenderOrder } from '../own-api';

let order: SenderOrder | undefined;
let watching = false;

const nameIn = ({ as, process }: SenderOrder) => (process === undefined ? as : `${as} ${process}`);

const isNamed = (origin: string) => URL.canParse(origin) && order?.to.includes(new URL(origin).origin);

/** Adds the sender's name to each request that this process sends to some origins: by Node's fetch and undici, and by
 * its http module. The recorder removes the header again. */
export function nameSender(given: SenderOrder | undefined): void {
  order = given;
  if (watching || !given) return;
  watching = true;
  diagnostics.subscribe('undici:request:create', (context) =>
    observe('a fetch of this process', () => {
      const { request } = context as {
        request: { origin: unknown; addHeader(name: string, value: string): void };
      };
      if (order && isNamed(String(request.origin))) request.addHeader(SENDER, nameIn(order));
    }),
  );
  // The last place at which a header can be added; Node.js 20 announces a request after that.
  const { prototype } = http.Agent as unknown as { prototype: { addRequest: AddRequest } };
  const { addRequest } = prototype;
  prototype.addRequest = function (request, options, ...rest) {
    observe('a request of this process', () => {
      const { host = 'localhost', port = 80 } = options;
      if (order && !request.headersSent && isNamed(`${request.protocol}//${host}:${port}`))
        request.setHeader(SENDER, nameIn(order));
    });
    return addRequest.call(this, request, options, ...rest);
  };
}

type AddRequest = (
  this: http.Agent,
  request: http.ClientRequest,
  options: { host?: string; port?: number | string },
  ...rest: unknown[]
) => unknown;
