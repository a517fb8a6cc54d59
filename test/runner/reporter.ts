import fs from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

/** What a run leaves for `npm test`. */
export interface Report {
  passes: number;
  failures: number;
  /** Milliseconds of each file's tests and hooks. */
  times: Record<string, number>;
}

/** Mocha's spec reporter, which also leaves the counts and the times in a file. */
class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { file: report } = options.reporterOptions as { file: string };
    const times = new Map<string, number>();
    const add = ({ file, duration = 0 }: { file?: string; duration?: number }) => {
      if (file === undefined) return;
      const name = path.relative(process.cwd(), file).split(path.sep).join('/');
      times.set(name, (times.get(name) ?? 0) + duration);
    };
    for (const event of ['test end', 'hook end'])
      runner.on(event as 'test end', (one) => add(one as { file?: string; duration?: number }));
    runner.once('end', () => {
      const { passes, failures } = this.stats;
      const found: Report = { passes, failures, times: Object.fromEntries(times) };
      fs.writeFileSync(report, JSON.stringify(found));
    });
  }
}

module.exports = CountingReporter;
