import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { RunResult } from '../../shared/checks/run';
import type { CheckResult } from '../../shared/checks/verdict';
import { findStep, materialise, readApp, workFolder } from '../../shared/steps/layers';
import { materialiseMistake, mistakesOf } from '../../shared/steps/mistakes';
import { firstToFix } from '../../shared/workshop/deduplicate-findings';
import { countOf } from '../../shared/workshop/report';
import { inProcess } from '../support/in-process';

describe('a plain check, when an earlier step broke', () => {
  const folder = path.join(workFolder(), `earlier-broken-${process.pid}`);
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Checks the app of step 03 with a mistake of step 02. */
  const checkWith = (id: string, ...flags: string[]) => checkOf('2', id, '3', ...flags);

  /** Checks as step `at` an app of the step after `of`, or of the last one, with a mistake of step `of`. */
  async function checkOf(
    of: string,
    id: string,
    at: string,
    ...flags: string[]
  ): Promise<{ code: number | null; stdout: string }> {
    const mistake = mistakesOf(findStep(of)).find((one) => one.id === id);
    if (!mistake) throw new Error(`step ${of} has no mistake ${id}`);
    materialiseMistake(findStep(of === '5' ? of : '3'), mistake, folder);
    return inProcess('shared/workshop/main.ts', ['check', at, '--app', folder, ...flags]).ended;
  }

  it('reports the verdict of the step first, then the finding of the earlier step, and exit code 1', async () => {
    const { code, stdout } = await checkWith('session-kept');
    expect(stdout).to.match(
      /All 12 checks of step 03 passed\.\nnot ok {2}2\.4 .*\n +check: 2\.session-renewed\n +expected: .*\n +seen: .*\n +likely cause: .*\n +next: .*\n33 of 34 checks of steps 01 and 02 still pass\.\n$/,
    );
    expect(code).to.equal(1);
  });

  it('notices what only a fresh app shows, and adds the results of earlier steps to the JSON', async () => {
    const { code, stdout } = await checkWith('any-discovery-document', '--json');
    const { step, passed, checks, earlier } = JSON.parse(stdout) as RunResult;
    const failed = (all: readonly CheckResult[]) =>
      all.flatMap(({ id, diagnosis }) => (diagnosis ? [id] : []));
    expect({ step, passed, own: failed(checks), earlier: failed(earlier) }).to.deep.equal({
      step: 3,
      passed: false,
      own: [],
      earlier: ['2.discovery'],
    });
    expect(earlier).to.have.length(34);
    expect(code).to.equal(1);
  });

  it('names the Action that ends each login, and what to fix there', async () => {
    const { stdout } = await checkOf('5', 'action-reads-what-is-not-there', '2', '--no-earlier', '--json');
    const { checks } = JSON.parse(stdout) as RunResult;
    const { cause, next } = checks.find(({ id }) => id === '2.code-redeemed')?.diagnosis ?? {};
    expect(cause).to.match(/it says: Action .* failed: /);
    expect(next).to.match(/^fix Action .* \(.*\.js:\d+\)$/);
  });

  it('lets the checks of the step wait for the earlier one that explains them', async () => {
    const { code, stdout } = await checkWith('issuer-without-slash-in-the-id-token');
    expect(stdout.match(/^not ok .*: waits for 2\.code-redeemed \(task 2\.\d, .+\)$/gm)).to.have.length(3);
    expect(stdout).to.match(
      /2 of 12 checks of step 03 passed\.\nnot ok {2}2\.3 .*\n +check: 2\.code-redeemed\n/,
    );
    expect(code).to.equal(1);
  });
});

describe('a plain check of a step that is not finished', () => {
  const folder = path.join(workFolder(), `unfinished-${process.pid}`);
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('reports that this can be why a check of an earlier step fails', async () => {
    materialise(4, folder);
    const open = readApp(4, { starter: ({ task }) => task === '4.3' }).get('tokens.ts') ?? '';
    fs.writeFileSync(path.join(folder, 'tokens.ts'), open);
    const { stdout } = await inProcess('shared/workshop/main.ts', ['check', '4', '--app', folder]).ended;
    expect(stdout).to.match(
      /\d+ of 13 checks of step 04 passed\.\nStep 04 is not finished, which can be why .*\nnot ok {2}3\.3 .*\n +check: 3\.refused-token\n/,
    );
  });
});

describe('the check to fix first', () => {
  const failed = (id: string, words: Partial<NonNullable<CheckResult['diagnosis']>> = {}): CheckResult => ({
    id,
    task: id.slice(0, 3),
    title: id,
    passed: false,
    diagnosis: { id, expected: '', seen: '', cause: id, next: '', ...words },
  });

  it('is one of the step itself', () => {
    expect(firstToFix({ checks: [failed('3.1-a')], earlier: [failed('2.1-a')] })?.id).to.equal('3.1-a');
  });

  it('is one of an earlier step that explains it: the step waits for it, or has the same finding', () => {
    const earlier = [failed('2.1-a'), failed('2.2-b')];
    const waiting = failed('3.1-a', { waitsFor: '2.2-b' });
    expect(firstToFix({ checks: [waiting], earlier })?.id).to.equal('2.1-a');
    const same = failed('3.1-a', { id: '2.2-b', cause: '2.2-b', seen: 'another page' });
    expect(firstToFix({ checks: [same], earlier })?.id).to.equal('2.1-a');
  });

  it('is one of an earlier step when the step itself passes', () => {
    expect(firstToFix({ checks: [], earlier: [failed('2.1-a')] })?.id).to.equal('2.1-a');
    expect(firstToFix({ checks: [], earlier: [] })).to.equal(undefined);
  });
});

describe('a check that does not apply', () => {
  const step = findStep('5');
  const result = (outcome: Partial<CheckResult>) => ({
    id: 'a',
    task: '5.6',
    title: 'a',
    passed: false,
    ...outcome,
  });
  const skipped = result({ notApplicable: 'optional' });

  it('is counted apart from those that passed', () => {
    expect(countOf([result({ passed: true })], step)).to.equal('All 1 checks of step 05 passed.');
    expect(countOf([result({ passed: true }), skipped], step)).to.equal(
      '1 of 2 checks of step 05 passed, 1 not applicable.',
    );
  });
});
