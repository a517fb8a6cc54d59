import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { type FileWatch, watchFiles } from '../../shared/lib/watch';
import { temporaryFolder } from '../support/workshop';

describe('a watched file', () => {
  const { folder, remove } = temporaryFolder();
  const file = path.join(folder, 'tenant.yaml');
  const other = path.join(folder, 'users.json');
  let watching: FileWatch | undefined;
  beforeEach(() => {
    fs.writeFileSync(file, 'old');
    fs.writeFileSync(other, 'old');
  });
  afterEach(() => watching?.close());
  after(remove);

  /** Watches both files; `next()` is fulfilled, with what tenant.yaml holds, at the next call back. */
  async function start(onChange: (text: string) => void | Promise<void> = () => {}, onError?: () => void) {
    const waiting: ((text: string) => void)[] = [];
    watching = watchFiles(
      [file, other],
      async () => {
        const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
        waiting.shift()?.(text);
        await onChange(text);
      },
      onError,
    );
    await watching.ready;
    return () => new Promise<string>((resolve) => waiting.push(resolve));
  }

  /** Does something to a file and waits until a watch of its own has reported it. */
  async function witnessed(one: string, act: () => void): Promise<void> {
    let control: FileWatch | undefined;
    await new Promise<void>((resolve, reject) => {
      control = watchFiles([one], () => resolve());
      control.ready.then(act).catch(reject);
    });
    await control?.close();
  }

  it('is seen when an editor writes it in place, and the other one too', async () => {
    const next = await start();
    let reported = next();
    fs.writeFileSync(file, 'new');
    expect(await reported).to.equal('new');
    reported = next();
    fs.writeFileSync(other, 'longer');
    expect(await reported).to.equal('new');
  });

  it('is seen at each save of an editor that renames a new file over it', async () => {
    const next = await start();
    for (const text of ['first', 'second one', 'third']) {
      const reported = next();
      fs.writeFileSync(`${file}.tmp`, text);
      fs.renameSync(`${file}.tmp`, file);
      expect(await reported).to.equal(text);
    }
  });

  it('is not mistaken for its neighbours', async () => {
    const seen: string[] = [];
    const next = await start((text) => void seen.push(text));
    const neighbour = path.join(folder, 'neighbour');
    fs.writeFileSync(neighbour, 'x');
    await witnessed(neighbour, () => fs.writeFileSync(neighbour, 'xx'));
    const reported = next();
    fs.writeFileSync(file, 'after the neighbour');
    expect(await reported).to.equal('after the neighbour');
    expect(seen).to.deep.equal(['after the neighbour']);
  });

  it('goes on being watched after a call back has failed', async () => {
    let errors = 0;
    let failing = true;
    const next = await start(
      () => {
        if (failing) throw new Error('on purpose');
      },
      () => void errors++,
    );
    let reported = next();
    fs.writeFileSync(file, 'fails');
    await reported;
    failing = false;
    reported = next();
    fs.writeFileSync(file, 'works again');
    expect(await reported).to.equal('works again');
    expect(errors).to.equal(1);
  });

  it('has one call back at a time, and none left when closed', async () => {
    let atOnce = 0;
    let most = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const next = await start(async () => {
      most = Math.max(most, ++atOnce);
      await held;
      atOnce--;
    });
    const first = next();
    fs.writeFileSync(file, 'one');
    await first;
    // Seen by now, so that a second call back would have begun.
    await witnessed(other, () => fs.writeFileSync(other, 'two'));
    await witnessed(other, () => fs.writeFileSync(other, 'three'));
    expect(most).to.equal(1);
    let closed = false;
    const closing = watching?.close().then(() => {
      closed = true;
    });
    const another = watchFiles([file], () => {});
    await another.ready;
    await another.close();
    expect(closed, 'closed while a call back was under way').to.equal(false);
    release();
    await closing;
    expect({ most, atOnce }).to.deep.equal({ most: 1, atOnce: 0 });
  });
});
