import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { workFolder } from '../../shared/steps/layers';
import { command } from '../support/command';

/** From run to run the same points; EVERY_POINT=1 tries them all, which takes two minutes. */
const EVERY = process.env.EVERY_POINT ? 1 : 6;

/** Points that were tried, and what was wrong at any of them. */
interface Found {
  points: number;
  lost: string[];
  notBack: string[];
  unclear: string[];
  wrongWay: string[];
}

/** The path has a space and letters beyond ASCII. */
async function dieAt(move: string, fault: string): Promise<Found> {
  const home = path.join(workFolder(), `für ${move} ${fault} ${process.pid}`);
  const env = { MY_APP: path.join(home, 'my-app') };
  const { code, stdout, stderr } = await command('test/support/die-at.ts', [move, fault, `${EVERY}`], { env })
    .ended;
  fs.rmSync(home, { recursive: true, force: true });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('whatever happens to a command, the learner’s bytes', function () {
  // Each point is a move of its own; EVERY_POINT has hundreds.
  this.timeout(600_000);

  for (const [fault, what, moves] of [
    ['kill', 'killed', ['start', 'fresh', 'reset', 'catch-up', 'undo']],
    ['full', 'met by a full disk', ['start', 'undo']],
    ['refused', 'refused one change', ['start', 'undo']],
  ] as const) {
    for (const move of moves) {
      it(`are all there, and come back with undo: ${move}, ${what} at many of its changes to the disk`, async () => {
        const { points, ...wrong } = await dieAt(move, fault);
        expect(wrong).to.deep.equal({ lost: [], notBack: [], unclear: [], wrongWay: [] });
        // As many as it has files to copy and to lay: a command that changes nothing would prove nothing.
        expect(points).to.be.greaterThan(20);
      });
    }
  }

  for (const move of ['start', 'reset', 'catch-up', 'undo']) {
    it(`are there, and what was to be done is done: ${move}, on a disk that makes no links`, async () => {
      const { points, ...wrong } = await dieAt(move, 'no-links');
      expect(wrong).to.deep.equal({ lost: [], notBack: [], unclear: [], wrongWay: [] });
      expect(points).to.equal(5);
    });
  }
});
