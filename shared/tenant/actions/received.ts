import { z } from 'zod';
import type { FromWorker, Question } from './protocol';

/** Validates what a thread sends: a learner's code can reach the same channel by `require('worker_threads')`. */

const index = z.int().min(0).optional();
const failure = z.object({ message: z.string(), script: index, line: z.int().optional() });
const result = z.object({
  commands: z.array(z.object({ script: z.int().min(0), method: z.string(), args: z.array(z.unknown()) })),
  failure: failure.optional(),
  stoppedAt: z.int().optional(),
});
const fromWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('output'),
    output: z.object({ script: index, level: z.enum(['log', 'error', 'hint']), text: z.string() }),
  }),
  z.object({ type: z.literal('result'), result, spent: z.boolean(), stray: z.boolean() }),
]);
const question = z.discriminatedUnion('ask', [
  z.object({
    ask: z.literal('encodeToken'),
    secret: z.string(),
    expiresInSeconds: z.number(),
    payload: z.record(z.string(), z.unknown()),
  }),
  z.object({ ask: z.literal('validateToken'), secret: z.string(), token: z.string() }),
]);

export const isFromWorker = (message: unknown): message is FromWorker =>
  fromWorker.safeParse(message).success;

export const isQuestion = (message: unknown): message is Question => question.safeParse(message).success;
