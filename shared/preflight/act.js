const fs = require('fs');
const path = require('path');
const { look } = require('./index');
const report = require('./report');
const { unfinished } = require('./unfinished');

const ROOT = path.resolve(__dirname, '..', '..');
/** As in shared/lib/user-error.ts, which is TypeScript. */
const EXIT = { notRightYet: 1, usedWrongly: 2 };

/** Ends the process with each problem and its fix, before a load fails with a stack trace. `doctor` prints its usual
 * report. @param {{ dev: boolean }} needs whether the command also needs the packages for development. */
function act(needs) {
  if (isThread()) return;
  const findings = look(ROOT, needs);
  const wrong = findings.filter(({ level }) => level === 'wrong');
  if (wrong.length === 0) {
    // A monitor does not change how other errors end the process.
    process.on('uncaughtExceptionMonitor', (error) => {
      const found = unfinished(ROOT, error);
      if (found) end(findings.concat(found), [found]);
    });
    return;
  }
  end(findings, wrong);
}

function end(findings, wrong) {
  if (isDoctor(process.argv)) {
    const later = {
      id: 'later',
      level: 'note',
      seen: 'Fix this problem first. Other problems can be detected only afterwards.',
    };
    const all = findings.concat(later);
    write(1, process.argv.indexOf('--json') > 0 ? report.json(all) : report.text(all));
    process.exit(EXIT.notRightYet);
  }
  write(2, `This command cannot run yet:\n${problems(wrong)}`);
  process.exit(EXIT.usedWrongly);
}

/** The problems that a fix solves, then the fix, for each fix. */
function problems(wrong) {
  const fixes = wrong.map(({ mend }) => mend).filter((mend, i, all) => all.indexOf(mend) === i);
  const seen = (fix) => wrong.filter(({ mend }) => mend === fix).map((one) => `  - ${one.seen}.\n`);
  return fixes.map((fix) => `${seen(fix).join('')}    Fix: ${fix}\n`).join('');
}

/** A thread inherits what its process preloads and needs no second check. */
function isThread() {
  try {
    return !require('worker_threads').isMainThread;
  } catch (_) {
    // A Node.js that is older than threads.
    return false;
  }
}

/** `npm run workshop doctor`, with options before and after its name. */
function isDoctor(argv) {
  const command = argv.slice(2).find((word) => word[0] !== '-');
  return /[\\/]workshop[\\/]main\.ts$/.test(argv[1] || '') && command === 'doctor';
}

/** In one call: process.exit() does not wait for a pipe, and a full one must be written again. */
function write(stream, text) {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.slice(fs.writeSync(stream, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') return;
    }
  }
}

module.exports = { act };
