import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { AUDIENCE, check, expectThat } from '../../../shared/checks';
import { expectAccepted, expectRefused, isSuccess, seenOf, withToken } from './request';
import {
  accessToken,
  foreignToken,
  hmacWithPublicKey,
  OTHER,
  publicHalf,
  seconds,
  strangersKey,
  unsigned,
  withOtherClaims,
} from './tokens';

const VERIFY = 'verify the token with jwtVerify, and the key that its header names';

describe('06 Protect your API: the token', () => {
  check('6.signature', '6.2', 'the API verifies the signature of a token', async (on) => {
    await expectAccepted(on);
    const token = await accessToken(on);
    await expectRefused(on, withOtherClaims(token, { sub: OTHER }), () => ({
      id: 'signature-not-verified',
      what: 'a token whose sub was changed after it was signed',
      cause:
        'the token was decoded and not verified: anybody can write the claims of a token, and only the tenant can sign them',
      next: VERIFY,
    }));
    await expectRefused(on, await foreignToken(on), () => ({
      id: 'foreign-key-accepted',
      what: 'a token that another key signed, under the kid of the tenant’s key',
      cause: 'the kid is compared, and the signature is not verified with the key of that name',
      next: VERIFY,
    }));
  });

  check('6.algorithm', '6.2', 'the API decides which algorithm signs a token', async (on) => {
    await expectAccepted(on);
    for (const alg of ['none', 'None', 'NONE'])
      await expectRefused(on, await unsigned(on, alg), () => ({
        id: 'alg-none-accepted',
        what: `a token without a signature, with the alg "${alg}" in its header`,
        cause:
          'the algorithm comes from the token itself, and the token says that it needs no signature (RFC 8725, section 2.1)',
        next: "give jwtVerify the option algorithms: ['RS256']",
      }));
    for (const form of ['PEM', 'JWK'] as const)
      await expectRefused(on, await hmacWithPublicKey(on, form), () => ({
        id: 'alg-confusion',
        what: `a token that is signed with HS256 and the tenant’s public key (${form}) as the secret`,
        cause:
          'the algorithm comes from the token itself. With HS256 the key is a secret for both sides, and the tenant’s public key is no secret (RFC 8725, section 2.1)',
        next: "give jwtVerify the option algorithms: ['RS256']",
      }));
  });

  check('6.key-in-header', '6.2', 'the API takes no key from the token', async (on) => {
    await expectAccepted(on);
    const stranger = await strangersKey();
    const jwk = publicHalf(stranger);
    const server = await listen(JSON.stringify({ keys: [jwk] }));
    try {
      const own = { kid: stranger.kid };
      const headers: [string, Record<string, unknown>][] = [
        ['the key itself (jwk)', { jwk, ...own }],
        ['the key itself (jwk), under the kid of the tenant’s key', { jwk }],
        ['the address of a JWKS (jku)', { jku: `${server.origin}/jwks.json`, ...own }],
        [
          'the address of a JWKS (jku), under the kid of the tenant’s key',
          { jku: `${server.origin}/jwks.json` },
        ],
        ['the address of a certificate (x5u)', { x5u: `${server.origin}/certificate.pem`, ...own }],
      ];
      for (const [what, header] of headers) {
        const answer = await expectRefused(on, await foreignToken(on, {}, header), () => ({
          id: 'key-from-token',
          what: `a token whose header has ${what}`,
          cause:
            'the key comes from the token: whoever made the token also chose the key that verifies it (RFC 8725, section 3.10)',
          next: 'take keys from the issuer’s JWKS only',
        }));
        expectThat(server.requests.length === 0, () => ({
          id: 'address-from-token-fetched',
          expected: 'the API fetches nothing that a token names',
          of: answer,
          seen: `to a token whose header has ${what}, the API sent GET ${server.requests[0]} there; ${seenOf(answer)}`,
          cause:
            'the address comes from a token that nobody has verified yet: an attacker decides where the API sends requests (RFC 8725, section 3.10)',
          next: 'take jwks_uri from the issuer’s discovery document only',
        }));
      }
    } finally {
      await server.close();
    }
  });

  check('6.issuer', '6.2', 'the API takes tokens of its issuer only', async (on) => {
    await expectAccepted(on);
    const { issuer } = on.tenant;
    const others: [string, string | undefined][] = [
      ['another issuer (iss)', 'https://evil.example/'],
      ['an issuer that begins like yours', `${issuer}evil/`],
      ['no issuer (iss)', undefined],
    ];
    for (const [what, iss] of others)
      await expectRefused(on, await accessToken(on, { iss: iss as string }), () => ({
        id: iss?.startsWith(issuer) ? 'issuer-compared-in-part' : 'issuer-not-checked',
        what: `a token of ${what}`,
        cause: iss?.startsWith(issuer)
          ? 'a part of iss is compared. Each tenant of a host has its own path, so the whole text counts'
          : 'iss is not compared with the issuer that discovery names: with the keys of several tenants in one JWKS, each could write tokens for all users',
        next: 'give jwtVerify the option issuer, with the text that discovery gives',
      }));
  });

  check('6.audience', '6.2', 'the API takes tokens for itself only', async (on) => {
    await expectAccepted(on);
    const several = await accessToken(on, { aud: [AUDIENCE, `${on.tenant.issuer}userinfo`] });
    const answer = await withToken(on, several);
    expectThat(isSuccess(answer), () => ({
      id: 'audience-list-refused',
      expected: 'the API accepts a token for it and for /userinfo',
      of: answer,
      seen: `${seenOf(answer)} to a token whose aud is a list`,
      cause:
        'aud is compared as one text. It may be a list of texts (RFC 7519, section 4.1.3), and a token with the scope openid has a list',
      next: 'give jwtVerify the option audience, which looks into the list',
    }));
    const idToken = await accessToken(on, {
      aud: on.tenant.settings().CLIENT_ID as string,
      nonce: 'n-0S6_WzA2Mj',
    });
    const cause =
      'aud is not compared with the identifier of the API: a token that a user gave to another application or API opens this one too';
    const next = 'give jwtVerify the option audience';
    await expectRefused(on, idToken, () => ({
      id: 'id-token-accepted',
      what: 'a token for the app, as an ID token is',
      cause: `${cause}. The aud of an ID token is the client ID of the app`,
      next,
    }));
    const others: [string, string | undefined][] = [
      ['another API', 'https://payments.example/api'],
      ['no API (aud is missing)', undefined],
    ];
    for (const [what, aud] of others)
      await expectRefused(on, await accessToken(on, { aud: aud as string }), () => ({
        id: 'audience-not-checked',
        what: `a token for ${what}`,
        cause:
          aud === undefined
            ? 'aud is compared only where the token has it: a token without aud opens this API'
            : cause,
        next,
      }));
    for (const aud of [`${AUDIENCE}/`, `${AUDIENCE}/v2`, AUDIENCE.slice(0, -1)])
      await expectRefused(on, await accessToken(on, { aud }), () => ({
        id: 'audience-compared-in-part',
        what: `a token for ${aud}`,
        cause: `a part of aud is compared. ${AUDIENCE} is a name: with one character more or less, it is another API`,
        next: 'compare the whole text, as the option audience of jwtVerify does',
      }));
  });

  check('6.times', '6.2', 'the API refuses tokens outside of their time', async (on) => {
    await expectAccepted(on);
    const now = seconds(on);
    await expectRefused(on, await accessToken(on, { iat: now - 7200, exp: now - 3600 }), () => ({
      id: 'expiry-not-checked',
      what: 'a token that expired an hour ago',
      cause: 'exp is not compared with the time: a token that somebody stole works for ever',
      next: 'verify the token with jwtVerify, which compares exp',
    }));
    await expectRefused(on, await accessToken(on, { exp: undefined as never }), () => ({
      id: 'no-expiry-accepted',
      what: 'a token without exp',
      cause: 'exp is compared only where it is there: a token without it never ends',
      next: "give jwtVerify the option requiredClaims: ['exp', 'sub']",
    }));
    await expectRefused(on, await accessToken(on, { nbf: now + 3600, exp: now + 7200 }), () => ({
      id: 'not-before-ignored',
      what: 'a token that becomes valid in an hour (nbf)',
      cause: 'nbf is not compared with the time (RFC 7519, section 4.1.5)',
      next: 'verify the token with jwtVerify, which compares nbf',
    }));
  });
});

/** A server of the attacker: whatever is fetched from it, it gives the attacker's key. */
async function listen(body: string) {
  const requests: string[] = [];
  const server = http.createServer((req, res) => {
    requests.push(req.url ?? '/');
    res.setHeader('content-type', 'application/json').end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    requests,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
