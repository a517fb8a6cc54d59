import fs from 'node:fs';
import Mocha from 'mocha';

/** Mocha's spec reporter, which also leaves the counts in a file for `npm test`. */
class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { file } = options.reporterOptions as { file: string };
    runner.once('end', () => {
      const { passes, failures } = this.stats;
      fs.writeFileSync(file, JSON.stringify({ passes, failures }));
    });
  }
}

module.exports = CountingReporter;
