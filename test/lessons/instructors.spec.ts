import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listChecks } from '../../shared/checks/run';
import { listSteps, ROOT } from '../../shared/steps/layers';
import { mistakesOf } from '../../shared/steps/mistakes';

const text = fs.readFileSync(path.join(ROOT, 'docs', 'instructors.md'), 'utf8');

/** The text under a heading, up to the next of its level or above. */
function section(heading: string): string {
  const [, rest] = text.split(new RegExp(`^${heading}\n`, 'm'));
  if (rest === undefined) throw new Error(`docs/instructors.md has no ${heading}`);
  const level = heading.indexOf(' ');
  return rest.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
}

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

describe('the page for instructors', () => {
  // Half a day ends with the app that goes on working, and a day with the API; the page says so.
  for (const [plan, first, last] of [
    ['## Half a day', 1, 4],
    ['## A full day', 1, 6],
    ['### The first day', 1, 4],
    ['### The second day', 5, 7],
  ] as const)
    it(`has a plan that adds up: ${plan.replace(/^#+ /, '')}`, () => {
      const rows = [...section(plan).matchAll(/^\| (\d\d):(\d\d) \| (\d+) \| (.*) \|$/gm)].map(
        ([, hours, minutes, length, what = '']) => ({
          begins: Number(hours) * 60 + Number(minutes),
          length: Number(length),
          what,
        }),
      );
      for (const [i, row] of rows.entries()) {
        const next = rows[i + 1];
        if (next) expect(clock(next.begins), `after ${row.what}`).to.equal(clock(row.begins + row.length));
      }
      const planned = listSteps().filter(({ number }) => number >= first && number <= last);
      const steps = rows.filter(({ what }) => /^Step \d\d$/.test(what));
      expect(steps.map(({ what, length }) => [what, length])).to.deep.equal(
        planned.map(({ id, minutes }) => [`Step ${id}`, minutes]),
      );
      const all = rows.reduce((sum, { length }) => sum + length, 0);
      const own = planned.reduce((sum, { minutes }) => sum + minutes, 0);
      expect(section(plan)).to.include(`The total is ${all} minutes, ${own} of them for the steps.`);
      expect(rows.some(({ what }) => what === 'Break')).to.equal(true);
    });

  for (const step of listSteps())
    it(`names checks and mistakes that step ${step.id} has`, () => {
      const rows = [...section(`### Step ${step.id}`).matchAll(/^\| `(.*?)` \| `(.*?)` \| (.+) \|$/gm)];
      expect(rows.length).to.be.at.least(5);
      const checks = listChecks(step).map(({ id }) => id);
      const mistakes = mistakesOf(step);
      for (const [, check = '', id = ''] of rows) {
        expect(checks).to.include(check);
        expect(mistakes.find((one) => one.id === id)?.check, id).to.equal(check);
      }
    });
});
