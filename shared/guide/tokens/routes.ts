import { type Response, Router } from 'express';
import { AUDIENCE } from '../../checks/audience';
import type { Guide } from '../guide';
import { html, sendPage } from '../view';
import { droppedClaims } from './dropped';
import { clientIdsOf } from './kind';
import { seenAs, seenToken, seenTokens } from './seen';
import { tidy } from './tidy';
import { Workbench } from './workbench';

/** No token that fits into a header is longer. */
const MOST_CHARACTERS = 16_000;

/** The token workbench: the content of a token, and the API's verdict. */
export function tokenRoutes({ wire, places, tenant }: Guide): Router {
  const workbench = new Workbench({ issuer: places.issuer, audience: places.audience ?? AUDIENCE });
  const send = (res: Response, locals: object = {}) =>
    sendPage(res, 'tokens', { title: 'Tokens', place: 'tokens' }, { seen: seenTokens(wire), ...locals });

  return (
    Router()
      .get('/tokens', (_req, res) => send(res))
      .get('/tokens/seen', (_req, res) => {
        res.type('html').send(html('tokens-seen', { seen: seenTokens(wire) }));
      })
      // Answers with the page itself: a redirect would need the token in an address.
      .post('/tokens', async (req, res) => {
        const { token: pasted = '', seen: key } = req.body as { token?: unknown; seen?: unknown };
        const picked = typeof key === 'string' ? seenToken(wire, key) : undefined;
        const refuse = (problem: string) => {
          res.status(422);
          send(res, { problem, pasted: typeof pasted === 'string' ? pasted.slice(0, MOST_CHARACTERS) : '' });
        };
        if (key !== undefined && picked === undefined)
          return refuse(
            'The guide no longer stores this token, because it stores only the newest messages. Select another token.',
          );
        if (typeof pasted !== 'string') return refuse('Paste one token, not several.');
        const { token, removed } = tidy(picked ?? pasted);
        if (token === '') return refuse('The field is empty. Paste a token, or select one below.');
        if (token.length > MOST_CHARACTERS)
          return refuse(
            `It has ${token.length} characters; no token that a header can carry has more than ${MOST_CHARACTERS}.`,
          );
        const seen = seenAs(wire, token);
        const analysis = await workbench.look(token, { seenAs: seen, clientIds: clientIdsOf(tenant) });
        send(res, {
          analysis,
          dropped: droppedClaims(tenant, token, seen),
          removed,
          pasted: picked === undefined ? token : '',
          options: workbench.options,
        });
      })
  );
}
