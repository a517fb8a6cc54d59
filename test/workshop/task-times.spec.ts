import { expect } from 'chai';
import { parse } from 'yaml';
import { readApp } from '../../shared/steps/layers';
import { progressFile } from '../../shared/workshop/progress';
import { foldId, taskTimes } from '../../shared/workshop/task-times';
import { Learner } from './shell';

describe('the times of the tasks', function () {
  this.timeout(60_000);
  const learner = new Learner('task times');
  after(() => learner.remove());
  const progress = () => progressFile.parse(parse(learner.progress()));
  const times = () => taskTimes(progress()).filter(({ step }) => step === 1);
  const ids = (what: 'begun' | 'green') =>
    times().flatMap((one) => (one[what] === undefined ? [] : one.task));

  it('say when each was begun and when it turned green, and forget both when its step is reset', async () => {
    const before = new Date().toISOString();
    await learner.run('start', '1');
    expect([ids('begun'), ids('green')]).to.deep.equal([['1.1'], []]);
    const finished = readApp(1).get('tenant.yaml') ?? '';
    learner.write('tenant.yaml', finished.replace(/^ +token_lifetime: 3600\n/m, ''));
    await learner.run('check');
    expect([ids('begun'), ids('green')]).to.deep.equal([
      ['1.1', '1.3'],
      ['1.1', '1.2', '1.4', '1.5'],
    ]);
    const first = times();
    learner.write('tenant.yaml', finished);
    await learner.run('check');
    expect(ids('green')).to.have.length(5);
    // The first time counts.
    expect(times()[0]).to.deep.equal(first[0]);
    const [{ begun = '', green = '' } = {}] = times();
    expect([before, begun, green]).to.deep.equal([before, begun, green].sort());
    await learner.run('reset', '1');
    expect([ids('begun'), ids('green')]).to.deep.equal([['1.1'], []]);
  });

  it('count the distinct folds of each kind', () => {
    const unfolded = { [foldId('2.1', 'lines', 1)]: 3, [foldId('2.1', 'lines', 2)]: 1, '2.3-outcome-1': 1 };
    const found = taskTimes(progressFile.parse({ unfolded })).filter(({ step }) => step === 2);
    expect(found.map(({ unfolded: { lines, outcome } }) => [lines, outcome])).to.deep.equal([
      [2, 0],
      [0, 0],
      [0, 1],
      [0, 0],
      [0, 0],
    ]);
  });
});
