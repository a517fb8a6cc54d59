import path from 'node:path';
import { expect } from 'chai';
import type { Running } from '../support/command';
import { inProcess } from '../support/in-process';
import { temporaryFolder } from '../support/workshop';

describe('npm run tenant -- rotate-keys and revoke-key', () => {
  const { folder, remove } = temporaryFolder();
  let running: Running | undefined;
  after(async () => {
    await running?.stop();
    remove();
  });

  const tenant = (...args: string[]) =>
    inProcess('shared/workshop/tenant.ts', ['--data', path.join(folder, 'data'), ...args], { cwd: folder });
  const say = (...args: string[]) => tenant(...args).ended;

  it('change the keys of a tenant that runs, and say which signs, which is next and which is the previous one', async () => {
    running = tenant('--port', '0');
    const { ISSUER_BASE_URL = '' } = await running.ready();
    const published = async () => {
      const { keys } = (await (await fetch(`${ISSUER_BASE_URL}.well-known/jwks.json`)).json()) as {
        keys: { kid: string }[];
      };
      return keys.map(({ kid }) => kid);
    };
    const becomes = async (wanted: (kids: string[]) => boolean) => {
      while (!wanted(await published())) await new Promise(setImmediate);
    };
    const nothing = await say('revoke-key');
    expect([nothing.code, nothing.stdout]).to.deep.equal([
      0,
      'There is no previous key: nothing was rotated yet, or it was revoked before.\n',
    ]);
    // The next key is published ahead; making it takes a moment.
    await becomes((kids) => kids.length === 2);
    const [before = '', ahead = ''] = await published();

    const { code, stdout } = await say('rotate-keys');
    expect(code).to.equal(0);
    const keyOf = (name: string) => new RegExp(`^${name}: +([^,\\s]+)`, 'm').exec(stdout)?.[1] ?? '';
    expect([keyOf('signs now'), keyOf('previous')]).to.deep.equal([ahead, before]);
    await becomes((kids) => kids[0] === ahead);
    expect(await published()).to.have.members([ahead, keyOf('next'), before]);

    const revoked = await say('revoke-key');
    expect(revoked.stdout).to.include(`${before} is no longer published`);
    await becomes((kids) => !kids.includes(before));
    expect(running.stderr()).to.include('signing keys changed');

    const both = await say('rotate-keys', '--revoke-previous');
    expect(both.stdout).to.include('is no longer published: what it signed is refused');
    await becomes((kids) => !kids.includes(ahead));
  });

  it('say what is wrong with a command that does not exist, and with words that mean nothing', async () => {
    const { code, stderr } = await say('rotate-key');
    expect(code).to.equal(2);
    expect(stderr).to.include('rotate-keys').and.not.include('    at ');
    const named = await say('revoke-key', 'some-key');
    expect([named.code, named.stdout]).to.deep.equal([2, '']);
    expect(named.stderr).to.include('too many arguments');
  });
});
