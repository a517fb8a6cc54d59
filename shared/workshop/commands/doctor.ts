import path from 'node:path';
import type { Command } from 'commander';
import { commandContext } from '../../lib/command-context';
import { fromHere, ROOT } from '../../lib/places';
import { out } from '../../lib/terminal';
import { EXIT } from '../../lib/user-error';
import { report } from '../../preflight';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'checks Node, packages, ports, localhost, cookies, .env and the clock; exit code 1 if something needs a fix',
    )
    .option('--env <file>', 'the settings file', path.join(ROOT, '.env'))
    .option('--json', 'print the findings as JSON')
    .action(doctor);
}

async function doctor(flags: { json?: boolean; env: string }): Promise<void> {
  const { diagnose } = require('../doctor/diagnose') as typeof import('../doctor/diagnose');
  const findings = await diagnose(fromHere(flags.env));
  out(flags.json ? report.json(findings) : report.text(findings));
  if (findings.some(({ level }) => level === 'wrong')) commandContext().exitCode = EXIT.notRightYet;
}
