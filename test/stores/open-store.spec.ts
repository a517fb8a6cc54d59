import { expect } from 'chai';
import session from 'express-session';
import { removeApps } from '../support/app-in-process';
import { temporaryFolder } from '../support/workshop';
import { CONFIG, load, type SharedStore, type StoreConfig } from './layer';

describe('the store that STORE_URL names, in the app after step 07', () => {
  const { openStore } = load<{ openStore: (config: StoreConfig) => SharedStore }>('stores/store');
  const { folder, remove } = temporaryFolder();
  after(() => {
    remove();
    removeApps();
  });
  const open = (url: string) => openStore({ ...CONFIG, url });

  it('is in memory for memory:', () => {
    expect(open('memory:').sessions).to.be.instanceOf(session.MemoryStore);
  });

  it('is a file for file:, in which another process finds what was stored', async () => {
    const url = `file:${folder}/store.db`;
    await open(url).tokens.put('ann', { version: 1, jwe: 'sealed' });
    expect(await open(url).tokens.get('ann')).to.deep.equal({ version: 1, jwe: 'sealed' });
  });

  it('is a Redis for anything else: it refuses an address that is not one', () => {
    expect(() => open('redis://localhost:70000')).to.throw('STORE_URL as the address of a Redis');
  });
});
