import path from 'node:path';
import type { Command } from 'commander';
import { ROOT } from '../../party/places';
import { EXIT } from '../../party/user-error';
import type { Finding } from '../doctor/finding';

const SIGNS = { ok: 'ok     ', note: 'note   ', warning: 'warning', wrong: 'wrong  ' } as const;

interface Flags {
  json?: boolean;
  env: string;
}

/** `doctor`: what on this machine stands in the way, each with its mend. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'looks at Node, packages, ports, localhost, cookies, .env and the clock; exit code 1 when something stands in the way',
    )
    .option('--env <file>', 'the settings file', path.join(ROOT, '.env'))
    .option('--json', 'print the findings as JSON')
    .action(doctor);
}

async function doctor(flags: Flags): Promise<void> {
  const { diagnose } = require('../doctor/diagnose') as typeof import('../doctor/diagnose');
  const findings = await diagnose(path.resolve(flags.env));
  const inTheWay = findings.filter(({ level }) => level === 'wrong').length;
  if (flags.json) process.stdout.write(`${JSON.stringify({ healthy: inTheWay === 0, findings })}\n`);
  else {
    process.stdout.write(findings.map(shown).join(''));
    const warnings = findings.filter(({ level }) => level === 'warning').length;
    process.stdout.write(
      `\n${inTheWay === 0 ? 'Nothing stands in the way.' : `${inTheWay} ${inTheWay === 1 ? 'thing stands' : 'things stand'} in the way.`}${warnings > 0 ? ` ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.` : ''}\n`,
    );
  }
  if (inTheWay > 0) process.exitCode = EXIT.notRightYet;
}

function shown({ level, seen, mend }: Finding): string {
  const lines = seen.split('\n').join(`\n${' '.repeat(9)}`);
  return `${SIGNS[level]}  ${lines}\n${mend === undefined ? '' : `${' '.repeat(9)}mend: ${mend}\n`}`;
}
