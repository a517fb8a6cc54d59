import type http from 'node:http';
import { expect } from 'chai';
import { listenOnLoopback } from '../../shared/lib/listen';
import { type Message, Recorder } from '../../shared/recorder';

describe('the recorder', () => {
  /** One exchange with a handler, as it is recorded. */
  async function recorded(handler: http.RequestListener): Promise<Message | undefined> {
    const recorder = new Recorder();
    const server = await listenOnLoopback(recorder.wrap('tenant')(handler), {
      port: 0,
      party: 'A test',
      setting: 'none',
    });
    try {
      await fetch(`http://localhost:${server.port}/`, { redirect: 'manual' });
      return recorder.messages[0];
    } finally {
      await server.close();
    }
  }

  const ways: Record<string, http.RequestListener> = {
    setHeader: (_req, res) => {
      res.statusCode = 303;
      res.setHeader('Location', '/there').setHeader('Set-Cookie', ['a=1', 'b=2']);
      res.end('gone');
    },
    'writeHead with an object': (_req, res) =>
      res.writeHead(303, { Location: '/there', 'Set-Cookie': ['a=1', 'b=2'] }).end('gone'),
    'writeHead with a message and an object': (_req, res) =>
      res.writeHead(303, 'See', { location: '/there', 'set-cookie': ['a=1', 'b=2'] }).end('gone'),
    'writeHead with names and values in turn': (_req, res) =>
      res.writeHead(303, ['Location', '/there', 'Set-Cookie', ['a=1', 'b=2']] as never).end('gone'),
    'writeHead with a name several times': (_req, res) =>
      res.writeHead(303, ['Location', '/there', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end('gone'),
    'setHeader, and writeHead that changes it': (_req, res) => {
      res.setHeader('Location', '/elsewhere');
      res.writeHead(303, { Location: '/there', 'Set-Cookie': ['a=1', 'b=2'] });
      res.write('go');
      res.end('ne');
    },
  };
  for (const [way, handler] of Object.entries(ways))
    it(`keeps status, headers and body of an answer that is made by ${way}`, async () => {
      const message = await recorded(handler);
      expect(message).to.include({ status: 303, responseBody: 'gone' });
      expect(message?.responseHeaders).to.deep.include({ location: '/there', 'set-cookie': ['a=1', 'b=2'] });
    });
});
