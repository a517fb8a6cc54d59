import { expect } from 'chai';
import { piecesOf } from '../../shared/guide/finding-text';
import { tidy } from '../../shared/guide/tokens/tidy';
import type { Message } from '../../shared/recorder';
import { maskMessages } from '../../shared/recorder/masks';

const LONG = 1_000_000;
const message = (responseBody: string): Message => ({
  from: 'app',
  to: 'tenant',
  method: 'GET',
  url: new URL('http://localhost/'),
  requestHeaders: {},
  requestBody: '',
  status: 200,
  responseHeaders: {},
  responseBody,
  at: 0,
  ms: 0,
});
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl';

/**
 * An expression that tries each place of a long run again would take minutes here, and hold up everything else: what others send
 * is looked through in time that grows with its length.
 */
describe('a long text that somebody sent', () => {
  for (const [what, unit] of [
    ['one word', 'a'],
    ['beginnings of tokens', 'eyJ-'],
    ['beginnings of longer tokens', 'eyJaaaaa-'],
    ['words and dots', 'eyJaaaaa.'],
    ['names without values', 'a:'],
    ['spaces', ' '],
    ['quotes', "'"],
  ] as const) {
    const text = unit.repeat(LONG / unit.length);
    it(`is masked: ${what}`, () => {
      for (const body of [text, JSON.stringify({ a: text }), `${text} "access_token": "${JWT}"`]) {
        const [shown] = maskMessages([message(body)]);
        expect(shown?.responseBody).to.be.a('string');
      }
    });

    it(`is tidied when it was pasted: ${what}`, () => {
      for (const pasted of [`x${text}x`, `Bearer ${text}`, `authorization${text}:`])
        expect(tidy(pasted).token).to.be.a('string');
    });
  }

  it('is shown with each address on its own line', () => {
    for (const unit of ['http://', 'http://a?b', 'a.', '-a/', '&', ' '])
      expect(piecesOf(unit.repeat(LONG / unit.length)).length, unit).to.be.greaterThan(0);
    expect(piecesOf('went to http://a.example/b?c=1&d=2, and no further')).to.deep.equal([
      { words: 'went to ' },
      { address: 'http://a.example/b', parameters: ['c=1', 'd=2'] },
      { words: 'and no further' },
    ]);
  });

  it('has its tokens masked still, whatever stands before them', () => {
    for (const before of ['', 'x-', 'eyJ-', 'a.b.', "token='", '"access_token":"', 'x"id_token":"']) {
      const [shown] = maskMessages([message(`<p>${before}${JWT}" .</p>`)]);
      expect(shown?.responseBody, before).to.not.include('eyJzdWIi');
    }
    const named = maskMessages([message('x"password":"hunter2-hunter2" and code = \'abcdefgh\'')]);
    expect(named[0]?.responseBody).to.not.include('hunter2').and.not.include('abcdefgh');
  });

  it('has quotes and a comma taken off when it was pasted', () => {
    for (const pasted of [`"${JWT}",`, `'${JWT}';`, `\`${JWT}\``, ` "${JWT}" `, `"Bearer ${JWT}"`])
      expect(tidy(pasted).token, pasted).to.equal(JWT);
  });
});
