import { expect } from 'chai';
import { UserError } from '../../shared/lib/user-error';
import { unmark } from '../../shared/steps/unmark';

const marked = [
  'function login() {',
  '  // BEGIN SOLUTION 2.1',
  '  redirect();',
  "  // STUB throw new Error('task 2.1');",
  '  // END SOLUTION',
  '}',
].join('\n');
const stripped = (text: string, starter: boolean) => unmark(text, { starter, file: 'login.ts' });

describe('solution markers', () => {
  it('leave the solution, and neither marker nor stub, in the finished file', () => {
    expect(stripped(marked, false)).to.equal('function login() {\n  redirect();\n}');
  });

  it('leave the stub, at its place, in the starter', () => {
    expect(stripped(marked, true)).to.equal("function login() {\n  throw new Error('task 2.1');\n}");
  });

  it('are comments of YAML too', () => {
    const yaml = 'a: 1\n# BEGIN SOLUTION 1.2\nb: 2\n# END SOLUTION\nc: 3\n';
    expect(stripped(yaml, false)).to.equal('a: 1\nb: 2\nc: 3\n');
    expect(stripped(yaml, true)).to.equal('a: 1\nc: 3\n');
  });

  it('change nothing in a file without any', () => {
    expect(stripped('one\r\n\n  two\n', true)).to.equal('one\r\n\n  two\n');
  });

  const unbalanced: [string, string, RegExp][] = [
    ['a BEGIN without END', 'x\n// BEGIN SOLUTION 2.1\ny', /^login\.ts:2: .*without END SOLUTION/],
    ['an END without BEGIN', 'x\n// END SOLUTION', /^login\.ts:2: END SOLUTION without BEGIN/],
    ['a STUB outside', '// STUB x', /^login\.ts:1: STUB x without BEGIN/],
    ['a BEGIN inside', '// BEGIN SOLUTION 2.1\n// BEGIN SOLUTION 2.2', /^login\.ts:2: .*line 1/],
  ];
  for (const [what, text, message] of unbalanced) {
    it(`are refused with file and line: ${what}`, () => {
      expect(() => stripped(text, false)).to.throw(UserError, message);
    });
  }
});
