import { expect } from 'chai';
import { decodeJwt } from 'jose';
import type { Message, Party } from '../../shared/recorder';
import { findStep, materialise } from '../../shared/steps/layers';
import { applyEdit, mistakesOf } from '../../shared/steps/mistakes';
import { Lane } from '../support/lane';
import { readLesson } from './lesson';

/** A row of step 02's table: which value protects a login, and from what. */
interface Row {
  name: string;
  maker: string;
  wire: string;
  comparer: string;
  attack: string;
}

/** The lines of auth.ts that send a value, and those that compare it. */
const OF = {
  nonce: ['        nonce,\n', '      expectedNonce: transaction.nonce,\n'],
  PKCE: [
    "        code_challenge,\n        code_challenge_method: 'S256',\n",
    '      pkceCodeVerifier: transaction.code_verifier,\n',
  ],
};

/** What a message from a browser or an app says: the parameters of its address and of its form. */
const parameters = ({ url, requestBody }: Message) => [
  ...url.searchParams,
  ...(requestBody.startsWith('{') ? [] : new URLSearchParams(requestBody)),
];

const claimsIn = ({ url, responseBody }: Message): [string, unknown][] => {
  if (url.pathname !== '/oauth/token') return [];
  return Object.entries(decodeJwt((JSON.parse(responseBody) as { id_token: string }).id_token));
};

/** The table says what the recorder sees in a real login. */
describe('the table of the values that protect a login', function () {
  this.timeout(60_000);
  const step = findStep('2');
  const lesson = readLesson(step.folder).text;
  const rows = rowsOf(lesson);
  const lane = new Lane(step, 'protections');
  let messages: readonly Message[] = [];
  before(async () => {
    const make = (target: string) => materialise(step.number, target);
    const { checks } = await lane.check({ make, only: ['2.code-redeemed'] }, (_result, trace) => {
      messages = trace.messages;
    });
    expect(checks.map(({ passed }) => passed)).to.deep.equal([true]);
  });
  after(() => lane.close());

  it('has state, nonce, PKCE and iss', () => {
    expect(rows.map(({ name }) => name)).to.deep.equal(['state', 'nonce', 'PKCE', 'iss']);
  });

  it('names each message that carries a value, and no other one', () => {
    for (const { name, wire } of rows) {
      const places = [...wire.matchAll(/`(\w+)` in (the ID token of )?`(\w+ \/\S*)`/g)];
      expect(places, name).to.have.length.above(0);
      for (const parameter of new Set(places.map(([, one = '']) => one))) {
        const named = places.filter(([, one]) => one === parameter);
        const inAddresses = named.flatMap(([, , inToken, message]) => (inToken ? [] : message));
        const inTokens = named.flatMap(([, , inToken, message]) => (inToken ? message : []));
        expect(seen(parameter, parameters), `${parameter} of ${name}`).to.deep.equal(inAddresses);
        // The issuer is a claim of every ID token as well, which is another comparison.
        if (parameter !== 'iss')
          expect(seen(parameter, claimsIn), `${parameter} of ${name} in ID tokens`).to.deep.equal(inTokens);
      }
    }
  });

  it('names who makes a value: the party whose message first has it', () => {
    for (const { name, maker, wire } of rows) {
      const [, parameter = '', message = ''] = /`(\w+)` in `(\w+ \/\S*)`/.exec(wire) ?? [];
      const carrier = messages.find(
        (one) => nameOf(one) === message && parameters(one).some(([key]) => key === parameter),
      );
      const value = carrier?.url.searchParams.get(parameter) ?? '';
      const first = messages.find(({ responseHeaders, url }) => {
        const { location } = responseHeaders;
        return typeof location === 'string' && new URL(location, url).searchParams.get(parameter) === value;
      });
      expect(first?.to, name).to.equal(partyOf(maker));
    }
  });

  it('names who compares it: the party that gets the message', () => {
    for (const { name, comparer, wire } of rows) {
      const [, party = '', answer, at = ''] =
        /^(\w+), at (the answer to )?`(\w+ \/\S*)`/.exec(comparer) ?? [];
      const message = messages.find((one) => nameOf(one) === at);
      expect(answer ? message?.from : message?.to, name).to.equal(partyOf(party));
      // The last message that carries the value.
      expect(wire.endsWith(`\`${at}\``), name).to.equal(true);
    }
  });

  it('names an attack for each, and checks that exist', () => {
    const checks = mistakesOf(step).map(({ check }) => check);
    for (const { attack } of rows) {
      expect(attack).to.match(/\([\w -]+\)/);
      for (const [, id] of attack.matchAll(/`(2\.[\w-]+)`/g)) expect(checks).to.include(id);
    }
  });

  it('has a story of each value below the table', () => {
    const stories = [...lesson.matchAll(/^\*\*`?(\w+)`?: [^*]+\*\* /gm)].map(([, name]) => name);
    expect(stories.filter((name) => rows.some((row) => row.name === name))).to.deep.equal([
      'state',
      'PKCE',
      'nonce',
      'iss',
    ]);
  });

  for (const [name, edits] of Object.entries(OF))
    it(`says which checks turn red if only ${name === 'PKCE' ? name : `the ${name}`} is left out`, async () => {
      const [, named = '', after = ''] =
        new RegExp(
          `leave\\s+out\\s+only\\s+(?:the )?${name}, (.*?)\\s+turns?\\s+red\\.(.*?)\\n\\n`,
          's',
        ).exec(lesson) ?? [];
      const ids = (text: string) => [...text.matchAll(/`(2\.[\w-]+)`/g)].map(([, id = '']) => id);
      const make = (target: string) => {
        materialise(step.number, target);
        for (const replace of edits) applyEdit(target, { file: 'auth.ts', replace, with: '' }, name);
      };
      const { checks } = await lane.check({ make });
      const red = checks.filter(({ passed }) => !passed).map(({ id }) => id);
      expect(ids(named)).to.have.length.above(0);
      expect(red).to.deep.equal(ids(named));
      // The check that plays the injected code, of which the lesson says that the other value stops it.
      expect(after).to.match(/`2\.state-compared`.* remains green/s);
    });

  const seen = (parameter: string, values: (message: Message) => [string, unknown][]) => [
    ...new Set(
      messages
        .filter((one) => values(one).some(([key]) => key === parameter))
        .map(nameOf)
        // The tenant's own pages carry on with the request of /authorize.
        .filter((one) => !/ \/(u|authorize)\//.test(one)),
    ),
  ];
});

const nameOf = ({ method, url }: Message): string => `${method} ${url.pathname}`;
const partyOf = (name: string): Party => name.toLowerCase() as Party;

function rowsOf(lesson: string): Row[] {
  const table = /^\| value \|.*\n\|.*\n((?:\|.*\n)+)/m.exec(lesson)?.[1] ?? '';
  return table
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [name = '', maker = '', wire = '', comparer = '', attack = ''] = line
        .split('|')
        .slice(1)
        .map((cell) => cell.trim());
      return { name: name.replace(/^\[`?|`?\]\(.*$/g, ''), maker, wire, comparer, attack };
    });
}
