import { expect } from 'chai';
import { findStep, listSteps } from '../../shared/steps/layers';
import { finishedLines, mutantsOf } from './mutants';
import { applied, changesIn, OPERATORS, type Operator, parseSource } from './operators';

/** What an operator makes of a line. */
const CASES: [Operator, string, string[]][] = [
  ['drop-statement', 'if (a) { b(); }', ['', 'if (a) {  }']],
  ['drop-statement', 'if (a) b();', ['', 'if (a) {}']],
  ['drop-await', 'async () => await a();', ['async () => a();']],
  ['drop-return', '() => { return a(); }', ['() => { a(); }']],
  ['drop-option', 'a({ b: 1, c, ...d });', ['a({ c, ...d });', 'a({ b: 1, ...d });', 'a({ b: 1, c });']],
  ['drop-option', "const a = ['b', 'c'];", ["const a = ['c'];", "const a = ['b'];"]],
  ['drop-argument', 'a(b, c);', ['a(c);', 'a(b);']],
  ['drop-argument', 'new A(b);', ['new A();']],
  ['negate', 'if (a === b) c();', ['if (!(a === b)) c();']],
  ['negate', 'const c = a ? 1 : 2;', ['const c = !(a) ? 1 : 2;']],
  ['negate', 'a.filter((one) => one);', ['a.filter((one) => !(one));']],
  ['exchange', 'const c = a && b;', ['const c = ((a) || (b));']],
  ['exchange', 'const c = a || b;', ['const c = ((a) && (b));']],
];

describe('the operators that make mutants', () => {
  for (const [operator, code, wanted] of CASES)
    it(`${operator}: ${code}`, () => {
      const changes = changesIn(parseSource('a.ts', code), { start: 0, end: code.length }, []);
      const made = changes
        .filter((one) => one.operator === operator)
        .map(({ edits }) => applied(code, edits));
      expect(made).to.deep.equal(wanted);
    });

  it('swap: each of two variables takes the place of the other, where it is used', () => {
    const code = 'const a = 1; const b = 2; c({ a, d: b }, a.e, x.a);';
    const [change] = changesIn(parseSource('a.ts', code), { start: 0, end: code.length }, [
      ['a', 'b'],
    ]).filter(({ operator }) => operator === 'swap');
    expect(applied(code, change?.edits ?? [])).to.equal(
      'const a = 1; const b = 2; c({ a: b, d: a }, b.e, x.a);',
    );
  });

  it('leave alone what is outside of the lines', () => {
    const code = 'a();\nb();\nc();\n';
    const changes = changesIn(parseSource('a.ts', code), { start: 5, end: 10 }, []);
    expect(changes.map(({ code }) => code)).to.deep.equal(['b();']);
  });

  it('are eight, and all but the swap, which needs types, apply somewhere in the finished lines', () => {
    expect(OPERATORS).to.have.length(8);
    const ids = listSteps().flatMap((step) => mutantsOf(step, () => []).map(({ id }) => id));
    const used = new Set(ids.map((id) => id.split(' ')[1]));
    expect([...used].sort()).to.deep.equal(OPERATORS.filter((one) => one !== 'swap').sort());
  });

  for (const step of listSteps())
    it(`make a mutant in each exercise of step ${step.id}, each with an id of its own and another text`, () => {
      const mutants = mutantsOf(findStep(step.id), () => []);
      const tasks = new Set(mutants.map(({ task }) => task));
      // The finished app leaves out what is optional.
      const exercises = step.tasks.filter(({ optional }) => !optional);
      expect([...tasks].sort()).to.deep.equal(exercises.map(({ id }) => id).sort());
      expect(new Set(mutants.map(({ id }) => id)).size).to.equal(mutants.length);
      const originals = new Map(finishedLines(step).map(({ file, text }) => [file, text]));
      for (const { file, text, id } of mutants) expect(text, id).to.not.equal(originals.get(file));
    });

  it('know each mutant that a step.yaml calls equivalent', () => {
    for (const step of listSteps()) {
      const ids = new Set(mutantsOf(step, () => []).map(({ id }) => id));
      const swaps = ({ mutant }: { mutant: string }) => mutant.split(' ')[1] === 'swap';
      const named = step.equivalent.filter((one) => !swaps(one)).map(({ mutant }) => mutant);
      expect(named.filter((id) => !ids.has(id))).to.deep.equal([]);
    }
  });
});
