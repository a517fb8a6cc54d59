import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { findStep, materialise, ROOT } from '../../shared/steps/layers';
import { readLesson } from '../lessons/lesson';
import { Lane } from '../support/lane';

/** The finished app leaves the optional task out, so these lines are nowhere but in the lesson. */
describe('the connections of the optional task of step 05', function () {
  this.timeout(60_000);
  const step = findStep('5');
  const lane = new Lane(step, 'login-options');
  after(() => lane.close());
  const shown =
    readLesson(step.folder).blocks.find(({ info }) => info === 'optional=tenant.yaml')?.text ?? '';

  it('are those of docs/connections.md', () => {
    const page = fs.readFileSync(path.join(ROOT, 'docs', 'connections.md'), 'utf8');
    expect(page).to.include(`\`\`\`yaml\n${shown}\`\`\``);
  });

  it('pass its check, which logs in by Gaggle and by Larkfield Clinic', async () => {
    const make = (target: string) => {
      materialise(step.number, target);
      fs.appendFileSync(path.join(target, 'tenant.yaml'), `\n${shown}`);
    };
    const { checks } = await lane.check({ make, only: ['5.login-options'] });
    expect(checks.map(({ id, passed }) => [id, passed])).to.deep.equal([['5.login-options', true]]);
  });
});
