import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { workFolder } from '../lib/places';
import { readText } from '../lib/read-text';
import { UserError } from '../lib/user-error';
import { writeWhole } from '../lib/write-whole';
import type { Message } from './index';
import { maskMessages } from './masks';
import { shown } from './types';

const MOST = 500;

const recording = z.object({
  /** What was recorded, e.g. "the check of step 02" or "npm start". */
  of: z.string(),
  /** Milliseconds since the epoch. */
  savedAt: z.number(),
  /** With the id of the check that sent each message. */
  messages: z.array(shown.extend({ check: z.string().optional() })),
  checks: z.array(z.object({ id: z.string(), passed: z.boolean() })),
});

export type Recording = z.output<typeof recording>;
export type Recorded = Recording['messages'][number];

/** A check that ended. Messages since the end of the check before it belong to it. */
export interface Ended {
  id: string;
  passed: boolean;
  /** Milliseconds since the epoch. */
  at: number;
}

const file = () => path.join(workFolder(), 'flow.json');

/** Stores the messages for `npm run workshop flow`, masked, in place of the previous ones, readable for the user only.
 * @param about of: what was recorded, after the words "The messages of". */
export function saveRecording(
  messages: readonly Message[],
  { of = 'the last check', ended = [] }: { of?: string; ended?: readonly Ended[] } = {},
): void {
  const masked = maskMessages(messages.slice(-MOST)).map((message) => {
    const check = ended.find(({ at }) => message.at < at)?.id ?? ended.at(-1)?.id;
    return { ...message, ...(check === undefined ? {} : { check }) };
  });
  const text = JSON.stringify({
    of,
    savedAt: Date.now(),
    messages: masked,
    checks: ended.map(({ id, passed }) => ({ id, passed })),
  } satisfies Recording);
  fs.mkdirSync(workFolder(), { recursive: true, mode: 0o700 });
  writeWhole(file(), text, 0o600);
}

/** @throws UserError when nothing was recorded yet, or the file is damaged. */
export function readRecording(): Recording {
  const text = readText(file());
  if (text === undefined)
    throw new UserError(
      'Nothing was recorded yet. Run a check first (npm run check 2), or log in at npm start.',
    );
  try {
    return recording.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${file()} is damaged. Run a check to write it again.`);
  }
}
