import { expect } from 'chai';
import fc from 'fast-check';
import { userFilter } from '../../shared/tenant/management/kinds/user-query';
import { wildcard } from '../../shared/tenant/management/kinds/wildcard';

describe('the search for users', () => {
  it('takes * for any characters, as the expression that it stands for', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '*', '\n'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const escaped = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
        const expected = new RegExp(`^${escaped.join('.*')}$`, 'is').test(text);
        expect(wildcard(pattern)(text), `${pattern} and ${text}`).to.equal(expected);
      }),
    );
  });

  it('looks for each part once, however many * there are', () => {
    const { indexOf } = String.prototype;
    let looked = 0;
    const fits = wildcard(`${'*a'.repeat(200)}${'*'.repeat(8000)}Z`);
    String.prototype.indexOf = function (...args) {
      looked++;
      return indexOf.apply(this, args);
    };
    try {
      expect(fits('a'.repeat(10_000))).to.equal(false);
    } finally {
      String.prototype.indexOf = indexOf;
    }
    expect(looked).to.be.greaterThan(0).and.at.most(200);
  });

  it('answers a query that would have an expression go on for ever', () => {
    const user = { picture: 'a'.repeat(50_000), email: 'ann@example.com' };
    for (const q of ['picture:****Z', `picture:${'*a'.repeat(5000)}*Z`, `picture:${'*'.repeat(5000)}Z`])
      expect(userFilter(q)(user), q.slice(0, 20)).to.equal(false);
    expect(userFilter(`email:ann*${' '.repeat(10_000)}AND${' '.repeat(10_000)}picture:a*`)(user)).to.equal(
      true,
    );
    expect(userFilter('name:"a  b" OR email:x')({ name: 'a  b' }), 'spaces in quotes').to.equal(true);
    expect(() => userFilter(`a${' '.repeat(10_000)}b`)).to.throw('not understood');
  });

  it('finds nothing by what every object inherits', () => {
    for (const field of ['constructor.name', '__proto__', 'toString', 'app_metadata.constructor.name'])
      expect(userFilter(`${field}:*`)({ email: 'a', app_metadata: {} }), field).to.equal(false);
  });
});
