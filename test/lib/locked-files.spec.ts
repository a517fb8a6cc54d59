import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import * as held from '../../shared/lib/held';
import { ROOT } from '../../shared/lib/places';
import { temporaryFolder } from '../support/workshop';

/** What Windows answers while another program has a file open: so often, then the work is done. */
function openElsewhere(code: string, times: number) {
  const seen = { tries: 0 };
  const act = () => {
    seen.tries += 1;
    if (seen.tries <= times) throw Object.assign(new Error(`${code}: not now`), { code });
    return 'done';
  };
  return { seen, act };
}

describe('a rename or a removal', () => {
  for (const code of ['EPERM', 'EACCES', 'EBUSY', 'ENOTEMPTY'])
    it(`waits on Windows while another program has the file: ${code}`, async () => {
      const sync = openElsewhere(code, 3);
      expect(held.untilReleasedSync(sync.act, 'win32')).to.equal('done');
      expect(sync.seen.tries).to.equal(4);
      const later = openElsewhere(code, 3);
      expect(await held.untilReleased(async () => later.act(), 'win32')).to.equal('done');
      expect(later.seen.tries).to.equal(4);
    });

  it('gives up after about a second with the system’s message', async () => {
    const many = openElsewhere('EPERM', Number.POSITIVE_INFINITY);
    const error = await held.untilReleased(async () => many.act(), 'win32').catch((one) => one);
    expect(error).to.have.property('code', 'EPERM');
    expect(many.seen.tries).to.equal(held.WAITS.length + 1);
    const all = held.WAITS.reduce((sum, wait) => sum + wait, 0);
    expect(all).to.be.within(1000, 2000);
  });

  it('does not wait for what no wait changes', () => {
    for (const [code, platform] of [
      ['ENOENT', 'win32'],
      ['EPERM', 'linux'],
      ['EACCES', 'darwin'],
    ] as const) {
      const one = openElsewhere(code, 1);
      expect(() => held.untilReleasedSync(one.act, platform)).to.throw(code);
      expect(one.seen.tries).to.equal(1);
    }
  });

  it('is that of the file system', async () => {
    const { folder, remove } = temporaryFolder();
    const at = (name: string) => path.join(folder, name);
    try {
      fs.writeFileSync(at('a'), 'text');
      held.renameSync(at('a'), at('b'));
      await held.rename(at('b'), at('c'));
      expect(fs.readdirSync(folder)).to.deep.equal(['c']);
      held.rmSync(at('c'));
      await held.rm(at('none'), { force: true });
      expect(() => held.rmSync(at('none'))).to.throw('ENOENT');
      expect(fs.readdirSync(folder)).to.deep.equal([]);
    } finally {
      remove();
    }
  });

  it('is made in one place only', () => {
    const folder = path.join(ROOT, 'shared');
    const own = fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && file !== path.join('lib', 'held.ts'))
      .filter((file) =>
        /\bfs\.(promises\.)?(rename|rm)(Sync)?\(|import \{[^}]*\b(rename|rm)(Sync)?\b[^}]*\} from 'node:fs/.test(
          fs.readFileSync(path.join(folder, file), 'utf8'),
        ),
      );
    expect(own, 'take renameSync, rmSync, rename and rm from shared/lib/held').to.deep.equal([]);
  });
});
