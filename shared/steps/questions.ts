import { createHash } from 'node:crypto';
import type { Step } from './layers';

type Question = Step['quiz'][number];

/** The answers of a question in an order that is always the same and reveals nothing. */
export function answersOf({ question, answers }: Question): Question['answers'] {
  const order = ({ text }: Question['answers'][number]) =>
    createHash('sha256').update(`${question}${text}`).digest('hex');
  return [...answers].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}
