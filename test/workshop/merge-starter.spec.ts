import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { merge } from '../../shared/lib/merge';
import { readApp } from '../../shared/steps/layers';
import { Learner } from './shell';

describe('the lines of a conflict', () => {
  const base = 'a\nb\nc\nd';
  const conflicts = (mine: string, theirs: string) => merge({ mine, base, theirs }, 'both');

  it('are none where one of the two only added or removed blank lines', () => {
    const theirs = 'a\nb\nnew\nc\nd';
    for (const mine of ['a\nb\n\nc\nd', 'a\nb\n  \n\nc\nd'])
      expect(conflicts(mine, theirs), mine).to.deep.equal({ text: theirs, conflicts: [] });
    expect(conflicts(theirs, 'a\nb\n\nc\nd')).to.deep.equal({ text: theirs, conflicts: [] });
    expect(conflicts('a\nx\nc\nd', 'a\nx\n\nc\nd').conflicts).to.deep.equal([]);
  });

  it('are still those that both changed', () => {
    expect(conflicts('a\nmine\n\nc\nd', 'a\ntheirs\nc\nd').conflicts).to.have.length(1);
  });
});

describe('a step merged into what a learner wrote', function () {
  this.timeout(60_000);
  const learner = new Learner('laid over');
  after(() => learner.remove());
  // routes.ts is changed by step 03, and here by the learner in the same lines.
  const conflict = () => {
    learner.inTheMiddle();
    learner.write(
      'routes.ts',
      learner.read('routes.ts').replace(/^ {2}return .*$/gm, (line) => `${line} // mine`),
    );
    return learner.bytes();
  };

  it('asks where both changed the same lines, and changes nothing as long as nobody answers', async () => {
    const before = conflict();
    const { code, stderr } = await learner.run('start', '3');
    expect(code).to.equal(2);
    expect(stderr)
      .to.match(/routes\.ts: you and the step changed the same lines/)
      .and.include('yours:')
      .and.include('--conflicts mine, new or both');
    expect(learner.is(before)).to.equal(true);
  });

  it('says of lines that the learner deleted that they are deleted, and shows no empty box', async () => {
    learner.inTheMiddle();
    learner.write('routes.ts', learner.read('routes.ts').replace(/^ {2}return .*\n/gm, ''));
    const { stderr } = await learner.run('start', '3');
    expect(stderr).to.match(
      / {2}yours:\n {4}\(you deleted these lines\)\n {2}the step’s:\n {4} {2}return \[/,
    );
  });

  for (const [choice, expected] of [
    ['mine', /\/\/ mine/],
    ['new', /appointments\(config, tokens\)/],
    ['both', /<<<<<<<[\s\S]*\/\/ mine[\s\S]*=======[\s\S]*appointments\(config[\s\S]*>>>>>>>/],
  ] as const) {
    it(`does what is chosen: ${choice}`, async () => {
      const before = conflict();
      const { code, stdout } = await learner.run('start', '3', '--conflicts', choice, '--json');
      expect(code).to.equal(0);
      expect(JSON.parse(stdout).asked).to.include('routes.ts');
      expect(learner.read('routes.ts')).to.match(expected);
      expect(learner.read('notes of my own, ü.md')).to.equal('# Notes\n');
      expect(learner.read('api-client.ts')).to.equal(readApp(3, { starter: true }).get('api-client.ts'));
      expect(learner.lost(before)).to.deep.equal([]);
    });
  }

  it('merges what does not meet, and keeps the ends of lines that the learner’s editor makes', async () => {
    learner.inTheMiddle();
    const crlf = learner.read('routes.ts').replace('/* mine */ ', '').replaceAll('\n', '\r\n');
    learner.write('routes.ts', `// mine, at the top\r\n${crlf}`);
    const { code } = await learner.run('start', '3', '--conflicts', 'new');
    expect(code).to.equal(0);
    const merged = learner.read('routes.ts');
    expect(merged)
      .to.match(/^\/\/ mine, at the top\r\n/)
      .and.include('appointments(config, tokens)');
    expect(merged.replaceAll('\r\n', '')).to.not.include('\n');
  });

  it('leaves links and a large node_modules as they are', async () => {
    learner.inTheMiddle();
    for (let i = 0; i < 3000; i++) learner.write(`node_modules/p${i % 50}/f${i}.js`, `${i}`);
    const inode = fs.statSync(path.join(learner.app, 'node_modules/p7/f7.js')).ino;
    expect((await learner.run('start', '3', '--conflicts', 'both')).code).to.equal(0);
    expect(fs.statSync(path.join(learner.app, 'node_modules/p7/f7.js')).ino).to.equal(inode);
    expect(fs.readlinkSync(path.join(learner.app, 'dangling'))).to.equal('nowhere');
    expect(fs.readFileSync(path.join(learner.home, 'outside.txt'), 'utf8')).to.equal('outside\n');
    expect(fs.existsSync(path.join(learner.stateFolder, 'copies', '0001', 'app', 'node_modules'))).to.equal(
      false,
    );
  });

  it('is done by one of two commands at once; the other one does the next thing, or says that it must wait', async () => {
    const before = learner.inTheMiddle().bytes();
    const both = await Promise.all([
      learner.spawn('start', '3', '--conflicts', 'both').ended,
      learner.spawn('reset', '2').ended,
    ]);
    for (const { code, stderr } of both) {
      expect([0, 2]).to.include(code);
      if (code === 2) expect(stderr).to.match(/another command|at step|begun/i);
    }
    expect(both.some(({ code }) => code === 0)).to.equal(true);
    expect(learner.lost(before)).to.deep.equal([]);
    expect(fs.existsSync(path.join(learner.stateFolder, 'busy'))).to.equal(false);
  });

  // The moments at which something appears on the disk; the command is killed at once.
  for (const [when, sign] of [
    ['as it takes the lock', () => has(learner.stateFolder, /^busy/)],
    ['while it copies', () => has(path.join(learner.stateFolder, 'copies'), /^\.new-/)],
    ['once the copy is there', () => has(path.join(learner.stateFolder, 'copies'), /^0001$/)],
    ['while it prepares the new files', () => has(learner.stateFolder, /^\.staged-/)],
    ['once the first new file is there', () => has(learner.app, /^(api-client|appointments)\.ts$/)],
  ] as const) {
    it(`loses nothing when the command is killed ${when}, and the next one goes on`, async () => {
      const before = learner.inTheMiddle().bytes();
      const running = learner.spawn('start', '3', '--conflicts', 'both');
      let over = false;
      void running.ended.then(() => {
        over = true;
      });
      while (!sign() && !over) await turn();
      running.child.kill('SIGKILL');
      await running.ended;
      expect(learner.lost(before)).to.deep.equal([]);
      const undone = await learner.run('undo');
      // Killed before anything was changed there is nothing to undo.
      if (undone.code !== 0) expect(undone.stderr).to.include('nothing to undo');
      expect(learner.is(before)).to.equal(true);
    });
  }
});

function has(folder: string, name: RegExp): boolean {
  try {
    return fs.readdirSync(folder).some((one) => name.test(one));
  } catch {
    return false;
  }
}
