import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { readLock, satisfies } from '../../shared/preflight';
import { listSteps, ROOT } from '../../shared/steps/layers';

const PAGE = path.join(ROOT, 'docs', 'troubleshooting.md');
/** Not ours: a code of the standards that the tenant's library sends, a command. */
const NOT_OURS = new Set(['consent_required', 'invalid_client', 'curl']);

/** Fixed parts of a message that are long enough to be looked for. */
const parts = (message: string) =>
  message
    .split('…')
    .map((part) => part.trim())
    .filter((part) => part.length > 3);

function sources(): string[] {
  const folders = [path.join(ROOT, 'shared'), ...listSteps().map(({ folder }) => path.join(folder, 'app'))];
  return folders.flatMap((folder) =>
    fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|js|pug)$/.test(file))
      .map((file) => fs.readFileSync(path.join(folder, file), 'utf8').replaceAll("\\'", "'")),
  );
}

describe('the page on troubleshooting', () => {
  const text = fs.readFileSync(PAGE, 'utf8');
  const messages = [...text.matchAll(/^\| (`.*?) \| /gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(.+?)`/g)].map(([, message = '']) => message),
  );

  it('speaks only of messages that some party really gives', () => {
    const all = sources();
    expect(messages.length).to.be.above(40);
    for (const message of messages.filter((one) => !NOT_OURS.has(one))) {
      const wanted = parts(message);
      expect(wanted, message).not.to.be.empty;
      const found = all.some((source) => wanted.every((part) => source.includes(part)));
      expect(found, `no file gives the message: ${message}`).to.equal(true);
    }
  });

  it('has every title that an app of the workshop gives to an error page', () => {
    const titles = listSteps().flatMap(({ folder }) =>
      fs
        .readdirSync(path.join(folder, 'app'), { encoding: 'utf8', recursive: true })
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) => [
          ...fs
            .readFileSync(path.join(folder, 'app', file), 'utf8')
            .matchAll(/(?:\b(?:PageError|page)\(\s*(?:50[0-3]|40[013]|status),\s*|const title = )'(.*?)'/g),
        ])
        .map(([, title = '']) => title),
    );
    expect(titles).not.to.be.empty;
    for (const title of titles) expect(text).to.include(title);
  });

  it('names the packages of which npm says EBADENGINE on a Node.js that is supported', () => {
    const about = text.split('\n\n').find((one) => one.includes('EBADENGINE')) ?? '';
    const { packages = {} } = readLock(path.join(ROOT, 'package-lock.json')) ?? {};
    const ci = fs.readFileSync(path.join(ROOT, '.github', 'workflows', 'ci.yml'), 'utf8');
    const supported = (/node: \[(.*)\]/.exec(ci)?.[1] ?? '').split(', ');
    expect(supported).to.include.members(['20', '26']);
    const refusing = Object.entries(packages).filter(([, { engines }]) =>
      supported.some((major) => satisfies(`${major}.99.0`, engines?.node ?? '*') === false),
    );
    const names = refusing.map(([at]) => at.replace(/^.*node_modules\//, ''));
    expect([...about.matchAll(/`([\w-]+)`\. Ignore/g)].map(([, name]) => name)).to.deep.equal(names);
  });
});
