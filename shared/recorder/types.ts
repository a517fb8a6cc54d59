import type http from 'node:http';
import type { Tapped } from './tap';

export type Party = 'browser' | 'app' | 'tenant' | 'api';

export interface Message extends Tapped {
  from: Party;
  to: Party;
  method: string;
  url: URL;
  requestHeaders: http.IncomingHttpHeaders;
}
