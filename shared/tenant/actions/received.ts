import { z } from 'zod';

// Validates what a thread sends: a learner's code can reach the same channel by `require('worker_threads')`.

const script = z.int().min(0);
/** What a script requested, e.g. method `accessToken.addScope`, args `["read:x"]`; JSON. */
const command = z.object({ script, method: z.string(), args: z.array(z.unknown()) });
const failure = z.object({
  /** JavaScript's message, or the exceeded limit. */
  message: z.string(),
  script: script.optional(),
  /** Counted from 1; undefined if no line is known. */
  line: z.int().optional(),
});
const result = z.object({
  commands: z.array(command),
  failure: failure.optional(),
  stoppedAt: z.int().optional(),
});
const output = z.object({
  script: script.optional(),
  level: z.enum(['log', 'error', 'hint']),
  text: z.string(),
});
const fromWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('output'), output }),
  // spent: the thread must not be used again; stray: not from a run, but from code that a script left behind.
  z.object({ type: z.literal('result'), result, spent: z.boolean(), stray: z.boolean() }),
]);
/** `api.redirect`'s tokens; the thread blocks for the answer, since those functions are synchronous. */
const question = z.discriminatedUnion('ask', [
  z.object({
    ask: z.literal('encodeToken'),
    secret: z.string(),
    expiresInSeconds: z.number(),
    payload: z.record(z.string(), z.unknown()),
  }),
  z.object({ ask: z.literal('validateToken'), secret: z.string(), token: z.string() }),
]);

export type Command = z.output<typeof command>;
export type Failure = z.output<typeof failure>;
export type Output = z.output<typeof output>;
export type FromWorker = z.output<typeof fromWorker>;
export type ReceivedResult = z.output<typeof result>;
export type Question = z.output<typeof question>;

export const isFromWorker = (message: unknown): message is FromWorker =>
  fromWorker.safeParse(message).success;

export const isQuestion = (message: unknown): message is Question => question.safeParse(message).success;
