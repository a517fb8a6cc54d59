import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const verdictsFile = z.record(
  z.string(),
  z.strictObject({
    /** The diagnosis of each check that fails, in their order. An app that passes has none. */
    findings: z.record(z.string(), z.string()),
    /** What a reader made of the findings of a wrong app: its cause is among them, none is, or the first one misleads. */
    told: z.enum(['cause', 'no cause', 'misled', 'unread']).optional(),
  }),
);

export type CorpusVerdict = z.output<typeof verdictsFile>[string];

const FILE = path.join(__dirname, 'findings.json');

/** The findings of the checks for each app when somebody last read it, by its id. */
export function readVerdicts(): Map<string, CorpusVerdict> {
  if (!fs.existsSync(FILE)) return new Map();
  return new Map(Object.entries(verdictsFile.parse(JSON.parse(fs.readFileSync(FILE, 'utf8')))));
}

export function writeVerdicts(verdicts: ReadonlyMap<string, CorpusVerdict>): void {
  const sorted = Object.fromEntries([...verdicts].sort(([a], [b]) => (a < b ? -1 : 1)));
  fs.writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}
