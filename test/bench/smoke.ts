import { expect } from 'chai';
import { PARTS } from './parts';
import { SMOKE } from './sizes';

/** Runs a part at its smallest size: each figure is a number, and each line says something. No time is judged. */
export async function smoke(name: string): Promise<void> {
  const measure = PARTS.get(name);
  if (!measure) throw new Error(`there is no part ${name}`);
  const { figures, lines } = await measure(SMOKE);
  const numbers = numbersIn(figures);
  expect(numbers).to.not.deep.equal([]);
  for (const [at, value] of numbers) expect(Number.isFinite(value), `${at} is ${value}`).to.equal(true);
  expect(lines).to.not.deep.equal([]);
  for (const line of lines)
    expect(line)
      .to.match(/\w/)
      .and.not.match(/NaN|undefined|Infinity|\?/);
}

function numbersIn(value: unknown, at = ''): [string, number][] {
  if (typeof value === 'number') return [[at, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => numbersIn(one, `${at}.${name}`));
}
