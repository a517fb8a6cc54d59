import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { readOrCreate } from '../../shared/lib/data-file';
import { readEnvFile } from '../../shared/lib/settings';
import { createWhole, writeWhole } from '../../shared/lib/write-whole';
import { StoredFile } from '../../shared/tenant/users/stored-file';
import { addMissing } from '../../shared/workshop/env-file';
import { refusedByDisk } from '../../shared/workshop/refused-by-disk';
import { temporaryFolder } from '../support/workshop';

describe('a file that is written whole', () => {
  const { folder, remove } = temporaryFolder();
  const { writeFileSync } = fs;
  const file = path.join(folder, 'file');
  beforeEach(() => fs.rmSync(file, { force: true }));
  afterEach(() => {
    fs.writeFileSync = writeFileSync;
  });
  after(remove);

  /** From now on nothing can be written; of what is being written a part remains. */
  const fill = () => {
    fs.writeFileSync = ((to: string, text: string) => {
      writeFileSync(to, text.slice(0, 3));
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }) as typeof fs.writeFileSync;
  };

  it('does not change when the disk is full, and nothing is left beside it', () => {
    writeWhole(file, 'before', 0o600);
    fill();
    expect(() => writeWhole(file, 'after')).to.throw('ENOSPC');
    expect(() => createWhole(path.join(folder, 'other'), 'made', 0o600)).to.throw('ENOSPC');
    expect(fs.readFileSync(file, 'utf8')).to.equal('before');
    expect(fs.readdirSync(folder)).to.deep.equal(['file']);
  });

  it('is what a refusal of the disk names: not nothing, and not the file beside it', () => {
    const refused = (work: () => void) => {
      try {
        work();
      } catch (error) {
        return (refusedByDisk(error) as Error).message;
      }
      throw new Error('nothing was refused');
    };
    fill();
    for (const write of [() => writeWhole(file, 'x'), () => createWhole(file, 'x', 0o600)])
      expect(refused(write)).to.satisfy((text: string) =>
        text.startsWith(`${file} cannot be written: the disk is full`),
      );
    fs.writeFileSync = writeFileSync;
    const nowhere = path.join(folder, 'file', 'below');
    expect(() => writeWhole(nowhere, 'x'))
      .to.throw()
      .with.property('path', nowhere);
  });

  it('keeps its mode, and is made for the user alone where that is asked for', () => {
    writeWhole(file, 'before', 0o600);
    writeWhole(file, 'after');
    if (process.platform !== 'win32') expect(fs.statSync(file).mode & 0o777).to.equal(0o600);
    expect(fs.readFileSync(file, 'utf8')).to.equal('after');
  });

  it('is made once; an empty one is as none', () => {
    expect(createWhole(file, 'first', 0o600)).to.equal('first');
    expect(createWhole(file, 'second', 0o600)).to.equal('first');
    fs.writeFileSync(file, '');
    expect(createWhole(file, 'third', 0o600)).to.equal('third');
    expect(createWhole(file, 'fourth', 0o600)).to.equal('third');
    expect(fs.readdirSync(folder)).to.deep.equal(['file']);
  });

  it('is a .env with all of its settings, or as it was', () => {
    writeFileSync(file, 'A=1');
    fill();
    expect(() => addMissing(file, { B: '2' })).to.throw('ENOSPC');
    expect(readEnvFile(file)).to.deep.equal({ A: '1' });
    fs.writeFileSync = writeFileSync;
    addMissing(file, { A: '3', B: '2' });
    expect(fs.readFileSync(file, 'utf8')).to.equal('A=1\nB=2\n');
  });

  it('of the tenant is made again when it is empty, and begins without what an empty one stored', async () => {
    const schema = z.object({ made: z.number() });
    fs.writeFileSync(file, '');
    expect(await readOrCreate(file, schema, async () => ({ made: 1 }))).to.deep.equal({ made: 1 });
    expect(await readOrCreate(file, schema, async () => ({ made: 2 }))).to.deep.equal({ made: 1 });
    fs.writeFileSync(file, '');
    const trouble: string[] = [];
    const { value } = await StoredFile.open(file, {
      schema,
      take: () => ({ made: 3 }),
      onTrouble: (reason) => trouble.push(reason),
    });
    expect([value, trouble]).to.deep.equal([undefined, []]);
  });
});
