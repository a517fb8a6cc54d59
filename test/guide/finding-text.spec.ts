import { expect } from 'chai';
import { piecesOf } from '../../shared/guide/finding-text';

describe('the text of a diagnosis', () => {
  it('has each parameter of a long address on its own line, and the words around it', () => {
    expect(piecesOf('GET http://localhost:4/authorize?a=1&b=c%20d: no audience')).to.deep.equal([
      { words: 'GET ' },
      { address: 'http://localhost:4/authorize', parameters: ['a=1', 'b=c%20d'] },
      { words: 'no audience' },
    ]);
    expect(piecesOf('it led to http://localhost:4/?a=1&b=2.')).to.deep.equal([
      { words: 'it led to ' },
      { address: 'http://localhost:4/', parameters: ['a=1', 'b=2'] },
      { words: '.' },
    ]);
  });

  it('does not change without such an address, or when the file does not exist', () => {
    for (const text of [
      '',
      'audience=https://appointments.example/api',
      'at no-such-file.ts:3',
      'at ../../package.json:1',
      'GET http://localhost:4/?a=1',
    ])
      expect(piecesOf(text)).to.deep.equal(text === '' ? [] : [{ words: text }]);
  });
});
