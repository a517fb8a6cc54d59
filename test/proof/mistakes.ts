import fs from 'node:fs';
import { expect } from 'chai';
import type { Trace } from '../../shared/checks/check-trace';
import { listChecks } from '../../shared/checks/run';
import { typeErrors } from '../../shared/checks/type-check';
import { findStep } from '../../shared/steps/layers';
import { type Mistake, materialiseMistake, mistakesOf } from '../../shared/steps/mistakes';
import { Lane, type Proof, type Verdict } from '../support/lane';
import { claimsOf } from './claims';
import { drawn, SEED } from './seed';

/** How many of a step's mistakes are also checked cold in each run; PROOF_COLD=all checks all of them. */
const COLD = 5;

/**
 * Each known mistake of a step fails the check that is meant for it, for its own reason: a learner reads what really went wrong.
 *
 * @param unproved checks that no mistake of mistakes.yaml fails, by id.
 */
export function verifyMistakes(number: number, { unproved = [] }: { unproved?: string[] } = {}): void {
  const step = findStep(String(number));
  const mistakes = mistakesOf(step);
  const lane = new Lane(step, 'mistakes');
  const proofOf = (mistake: Mistake): Proof => ({
    make: (target) => materialiseMistake(step, mistake, target),
    only: [mistake.check],
    env: mistake.env,
    // The type checker takes half a second an app.
    types: mistake.diagnosis === 'type-error',
  });
  const verdicts = new Map<Mistake, Verdict>();
  const claims = new Map<Mistake, ReturnType<typeof claimsOf>>();

  describe(`known mistakes of step ${step.id}`, function () {
    this.timeout(60_000);
    after(() => lane.close());

    const typed = mistakes.find(({ diagnosis }) => diagnosis === 'type-error');
    // On a busy machine the first look at the packages' types takes longer than a finding waits for it.
    if (typed)
      before(async () => {
        materialiseMistake(step, typed, lane.folder);
        await typeErrors(lane.folder, step.tasks[0]?.file ?? '');
        fs.rmSync(lane.folder, { recursive: true });
      });

    it('have an id of their own each', () => {
      const ids = mistakes.map(({ id }) => id);
      expect(ids).to.deep.equal([...new Set(ids)]);
    });

    it('name checks of this step, and leave out only those that are listed here', () => {
      if (mistakes.length === 0) return;
      const checks = listChecks(step).map(({ id }) => id);
      const named = new Set(mistakes.map(({ check }) => check));
      expect([...named].filter((id) => !checks.includes(id))).to.deep.equal([]);
      expect(checks.filter((id) => !named.has(id))).to.deep.equal(unproved);
    });

    for (const mistake of mistakes) {
      it(`${mistake.id}: ${mistake.title}`, async () => {
        let trace: Trace | undefined;
        const verdict = await lane.check(proofOf(mistake), (_result, passed) => {
          trace = passed;
        });
        verdicts.set(mistake, verdict);
        const [result] = verdict.checks;
        const { id, cause = '', seen = '' } = result?.diagnosis ?? {};
        expect(id, `${result?.id} saw: ${seen}; cause: ${cause}`).to.equal(mistake.diagnosis);
        expect(cause).to.include(mistake.says);
        // Whoever reads of a message can open it; what stands in tenant.yaml, or keeps the app from starting, stands in no message.
        if ((trace?.messages.length ?? 0) > 0)
          expect(trace?.evidence, `what ${result?.id} saw: ${seen}`).to.not.deep.equal([]);
        if (result?.diagnosis) claims.set(mistake, claimsOf(result.diagnosis, trace?.messages ?? []));
      });
    }

    it('get findings that the recording does not contradict', () => {
      const made = [...claims.values()].flatMap((one) => one.made);
      const contradicted = [...claims].flatMap(([{ id }, one]) =>
        one.contradicted.map((claim) => `${id}: ${claim}`),
      );
      expect(contradicted).to.deep.equal([]);
      // What step 01 finds is in tenant.yaml, and in no message.
      if (number > 1) expect(made.length).to.be.at.least(claims.size / 5);
    });

    it('leave the process of the apps as it was, nearly all: a new one for each would take ten times as long', () => {
      expect(lane.processes, lane.left.join(', ')).to.be.at.most(1 + mistakes.length / 3);
    });

    const coldOnes = process.env.PROOF_COLD === 'all' ? mistakes : drawn(mistakes, COLD);
    it(`get the same verdict from cold processes: ${coldOnes.length} of them (seed ${SEED})`, async function () {
      this.timeout(30_000 + 20_000 * coldOnes.length);
      const prewarmed: Record<string, unknown> = {};
      const cold: Record<string, unknown> = {};
      for (const mistake of coldOnes) {
        const verdict = verdicts.get(mistake);
        if (!verdict) continue;
        prewarmed[mistake.id] = comparable(verdict);
        cold[mistake.id] = comparable(await lane.checkCold(proofOf(mistake)));
      }
      expect(prewarmed).to.deep.equal(cold);
    });
  });
}

/**
 * What a learner reads, without what differs from run to run: what was seen (which of several requests came first, what masked secrets begin
 * with), and numbers.
 */
function comparable({ checks, refused }: Verdict): unknown {
  // A message of a library can have a nonce or a state in it, which are random.
  const stable = (text: string) => text.replace(/[\w-]{32,}/g, 'X').replace(/\d+(\.\d+)?/g, 'N');
  return {
    refused,
    checks: checks.map(({ id, passed, notApplicable, diagnosis }) => {
      const { seen: _, ...finding } = diagnosis ?? { seen: '' };
      const texts = Object.entries(finding).map(([key, text]) => [key, stable(text)]);
      return { id, passed, notApplicable, diagnosis: Object.fromEntries(texts) };
    }),
  };
}
