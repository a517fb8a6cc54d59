import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { workFolder } from '../../shared/lib/places';
import { type Command, command } from '../support/command';

/** From run to run the same points; EVERY_POINT=1 tries them all, which takes two minutes. */
const EVERY = process.env.EVERY_POINT ? 1 : 6;

/** A disk in memory where there is one: thousands of small files are written, and the faults are not the disk's. */
const MEMORY = '/dev/shm';

/** Points that were tried, and what was wrong at any of them. */
interface Found {
  points: number;
  lost: string[];
  notBack: string[];
  unclear: string[];
  wrongWay: string[];
}

const FAULTS = [
  ['kill', 'killed', ['start', 'fresh', 'reset', 'catch-up', 'undo']],
  ['full', 'met by a full disk', ['start', 'undo']],
  ['refused', 'refused one change', ['start', 'undo']],
] as const;
const WITHOUT_LINKS = ['start', 'reset', 'catch-up', 'undo'] as const;

describe('whatever happens to a command, the learner’s bytes', function () {
  // Each point is a move of its own; EVERY_POINT has hundreds.
  this.timeout(600_000);
  // The path has a space and letters beyond ASCII.
  const home = path.join(fs.existsSync(MEMORY) ? MEMORY : workFolder(), `für jeden Fehler ${process.pid}`);
  let tried: Command;

  before(() => {
    const all = [
      ...FAULTS.flatMap(([fault, , moves]) => moves.map((move) => `${move}:${fault}`)),
      ...WITHOUT_LINKS.map((move) => `${move}:no-links`),
    ];
    tried = command('test/support/die-at.ts', [String(EVERY), ...all], {
      env: { MY_APP: path.join(home, 'my-app') },
    });
  });
  after(async () => {
    await tried.stop('SIGKILL');
    for (const folder of [home, `${home} filled`, `${home} hit`])
      fs.rmSync(folder, { recursive: true, force: true });
  });

  async function dieAt(move: string, fault: string): Promise<Found> {
    const line = new RegExp(`^\\{"move":"${move}","fault":"${fault}",.*\\}$`, 'm');
    await tried.until(line);
    const { move: _, fault: __, ...found } = JSON.parse(line.exec(tried.stdout())?.[0] ?? '');
    return found as Found;
  }

  for (const [fault, what, moves] of FAULTS) {
    for (const move of moves) {
      it(`are all there, and come back with undo: ${move}, ${what} at many of its changes to the disk`, async () => {
        const { points, ...wrong } = await dieAt(move, fault);
        expect(wrong).to.deep.equal({ lost: [], notBack: [], unclear: [], wrongWay: [] });
        // As many as it has files to copy and to merge: a command that changes nothing would prove nothing.
        expect(points).to.be.greaterThan(20);
      });
    }
  }

  for (const move of WITHOUT_LINKS) {
    it(`are there, and what was to be done is done: ${move}, on a disk that makes no links`, async () => {
      const { points, ...wrong } = await dieAt(move, 'no-links');
      expect(wrong).to.deep.equal({ lost: [], notBack: [], unclear: [], wrongWay: [] });
      expect(points).to.equal(5);
    });
  }
});
