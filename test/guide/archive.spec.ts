import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Archive } from '../../shared/guide/wire/archive';
import { Wire } from '../../shared/guide/wire/wire';
import { Recorder } from '../../shared/recorder';
import { maskMessages } from '../../shared/recorder/masks';
import { temporaryFolder } from '../support/workshop';

describe('the archive of the wire', () => {
  const { folder, remove } = temporaryFolder();
  const { writeSync } = fs;
  let file: string;
  let turn = 0;
  beforeEach(() => {
    turn += 1;
    file = path.join(folder, `wire-${turn}.jsonl`);
  });
  afterEach(() => {
    fs.writeSync = writeSync;
  });
  after(remove);

  const recorder = new Recorder();
  const url = new URL('http://localhost:4001/authorize');
  const message = (body: string) =>
    recorder.add({ from: 'browser', to: 'tenant', method: 'POST', url, requestBody: body, status: 200 });
  const shown = (body: string) => {
    const [one] = maskMessages([message(body)]);
    if (!one) throw new Error('it is one message');
    return one;
  };
  const size = () =>
    [file, `${file}.1`].reduce(
      (sum, one) => sum + (fs.statSync(one, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  /** From now on nothing can be written; of what is being written a part remains. */
  const fill = () => {
    fs.writeSync = ((fd: number, bytes: Buffer, offset: number, _length: number, at: number) => {
      writeSync(fd, bytes, offset, 3, at);
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }) as unknown as typeof fs.writeSync;
  };

  it('has a limit in bytes: the oldest messages go', () => {
    const most = 20_000;
    const archive = new Archive(file, { most });
    const places = Array.from({ length: 300 }, (_, i) => archive.add(shown(`message-${i}`)) ?? -1);
    expect(size())
      .to.be.at.most(most)
      .and.above(most / 2);
    expect(archive.read(places[0] ?? -1)).to.equal(undefined);
    expect(archive.read(places.at(-1) ?? -1)?.requestBody).to.equal('message-299');
    const first = places.findIndex((place) => archive.read(place) !== undefined);
    for (const [i, place] of places.entries())
      expect(archive.read(place)?.requestBody).to.equal(i < first ? undefined : `message-${i}`);
  });

  it('gives up on a full disk, with a word, and tries again after some seconds', () => {
    let now = 0;
    const reported: string[] = [];
    const archive = new Archive(file, { onTrouble: (words) => reported.push(words), now: () => now });
    const before = archive.add(shown('before'));
    fill();
    for (let i = 0; i < 5; i += 1) {
      expect(archive.add(shown('full'))).to.equal(undefined);
      now += 6_000;
    }
    expect(reported).to.have.length(1);
    expect(reported[0]).to.include(`${file} cannot be written: ENOSPC`);
    fs.writeSync = writeSync;
    now += 60_000;
    const after = archive.add(shown('there is room'));
    expect(archive.read(after ?? -1)?.requestBody).to.equal('there is room');
    expect(archive.read(before ?? -1)?.requestBody).to.equal('before');
    fill();
    archive.add(shown('full again'));
    expect(reported, 'reported again').to.have.length(2);
  });

  it('may lose a message: the inspector goes on and has its row', () => {
    fill();
    const wire = new Wire({ file, whole: 1 });
    const { write } = process.stderr;
    process.stderr.write = (() => true) as typeof write;
    try {
      for (const body of ['first', 'second', 'third']) wire.add(message(body));
    } finally {
      process.stderr.write = write;
    }
    const [first, , third] = wire.entries;
    if (!first || !third) throw new Error('all are there');
    expect(wire.isLost(first)).to.equal(true);
    expect(wire.masked(first)).to.include({ url: url.href, requestBody: '' });
    expect(wire.isLost(third)).to.equal(false);
    expect(wire.masked(third).requestBody).to.equal('third');
  });

  it('takes messages over when memory has too many characters, late ones too', () => {
    const wire = new Wire({ file, whole: 1000, mostCharacters: 10_000 });
    const bodies = Array.from({ length: 50 }, (_, i) => `${i}:${'x '.repeat(500)}`);
    const all = bodies.map(message);
    for (const one of all) wire.add(one);
    expect(wire.entries.filter(({ archived }) => !archived))
      .to.have.length.below(11)
      .and.above(5);
    wire.add({ ...message('late'), at: (all[0]?.at ?? 0) - 1 });
    expect(wire.entries.map((one) => wire.masked(one).requestBody)).to.deep.equal(['late', ...bodies]);
  });

  it('a recording, too, has a limit in characters', () => {
    const small = new Recorder({ mostCharacters: 100_000 });
    for (let i = 0; i < 500; i += 1)
      small.add({ from: 'app', to: 'api', method: 'POST', url, requestBody: 'x'.repeat(10_000) });
    expect(small.messages).to.have.length.below(60);
  });
});
