import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { listSteps } from '../../shared/steps/layers';
import { Learner } from './shell';

const MINUTE = 60_000;
const START = Date.parse('2026-11-30T09:00:00Z');
const time = (minutes: number) => new Date(START + minutes * MINUTE).toISOString();

describe('npm run workshop times', () => {
  const learner = new Learner('times');
  after(() => learner.remove());
  beforeEach(() => {
    fs.rmSync(learner.home, { recursive: true, force: true });
    fs.mkdirSync(learner.home, { recursive: true });
  });

  /** The progress of a learner who took so many minutes for each task of step 01. */
  const write = (name: string, minutes: number, tasks = ['1.1', '1.2', '1.3', '1.4', '1.5']) => {
    const file = path.join(learner.home, name);
    const begun = Object.fromEntries(tasks.map((id, i) => [id, time(i * minutes)]));
    const passed = Object.fromEntries(tasks.map((id, i) => [id, time((i + 1) * minutes)]));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, stringify({ step: 1, begun, passed }));
    return file;
  };
  const merge = async (...files: string[]) => {
    const { code, stdout, stderr } = await learner.run('times', ...files, '--json');
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as {
      learners: number;
      took: { id: string; learners: number; median?: number; p80?: number }[];
    };
  };

  it('prints when each task was begun and turned green, and how long step and task took', async () => {
    expect((await learner.run('times')).stdout).to.match(/^No task was begun yet/);
    write('.my-app/progress.yaml', 4);
    const { code, stdout } = await learner.run('times');
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^01 {2}Configure your API, 20\.0 min\n {4}1\.1 {2}begun 2026-1\d-\d\d \d\d:\d\d {2}green \S+ \S+ {2}4\.0 min\n/,
    );
    expect(stdout.trimEnd().split('\n')).to.have.length(6);
    write('.my-app/progress.yaml', 4, ['1.1']);
    expect((await learner.run('times')).stdout).to.match(
      /^01 {2}Configure your API\n.* 4\.0 min\n {4}1\.2 {2}begun — +green —/,
    );
  });

  it('merges several learners into medians and 80th percentiles by step and task', async () => {
    const files = [10, 1, 2, 4, 3].map((minutes, i) => write(`${i}/.my-app/progress.yaml`, minutes));
    const { learners, took } = await merge(...files);
    expect(learners).to.equal(5);
    expect(took.map(({ id }) => id)).to.deep.equal(
      listSteps().flatMap(({ id, tasks }) => [id, ...tasks.map((task) => task.id)]),
    );
    expect(took[0]).to.include({ id: '01', learners: 5, median: 15, p80: 20 });
    expect(took[1]).to.include({ id: '1.1', learners: 5, median: 3, p80: 4 });
    expect(took[6]).to.deep.equal({ id: '02', title: 'Get an access token', learners: 0 });
    // A checkout stands for its file; of an even number the median is between two.
    const even = await merge(path.join(learner.home, '1'), files[2] ?? '');
    expect(even.took[1]).to.include({ learners: 2, median: 1.5, p80: 2 });
    const table = (await learner.run('times', ...files)).stdout;
    expect(table)
      .to.match(/^5 learners; minutes/)
      .and.match(/^01 {2}Configure your API +15\.0 +20\.0 {2}of 5$/m);
  });

  it('leaves a learner out of a step that is not finished, and out of a task without a begin', async () => {
    const file = write('a.yaml', 2, ['1.1', '1.2']);
    const together = path.join(learner.home, 'b.yaml');
    fs.writeFileSync(
      together,
      stringify({ begun: { '1.1': time(0) }, passed: { '1.1': time(6), '1.2': time(6) } }),
    );
    const { took } = await merge(file, together);
    expect(took.slice(0, 3).map(({ learners }) => learners)).to.deep.equal([0, 2, 1]);
  });

  it('names each file that it cannot use, and merges nothing: exit code 2', async () => {
    const good = write('good.yaml', 2);
    const bad = path.join(learner.home, 'bad.yaml');
    fs.writeFileSync(bad, 'passed: [\n');
    const newer = path.join(learner.home, 'newer.yaml');
    fs.writeFileSync(newer, stringify({ step: 1, fromTheFuture: 1 }));
    fs.mkdirSync(path.join(learner.home, 'empty'));
    const missing = path.join(learner.home, 'missing.yaml');
    const { code, stdout, stderr } = await learner.run(
      'times',
      good,
      bad,
      newer,
      path.join(learner.home, 'empty'),
      missing,
      good,
    );
    expect([code, stdout]).to.deep.equal([2, '']);
    for (const line of [
      'Nothing was merged',
      'bad.yaml: its progress file is damaged',
      'newer.yaml: a newer version of the workshop',
      'empty: no step was started here',
      'missing.yaml: there is no such file',
      'good.yaml: it is listed twice',
    ])
      expect(stderr.replace(/\s+/g, ' ')).to.include(line);
  });
});
