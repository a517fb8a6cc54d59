import { expect } from 'chai';
import { removeApps } from '../support/app-in-process';
import { load, type StoreConfig } from './layer';

type Read = (env: Record<string, string>) => StoreConfig;

const KEY = '0123456789abcdefABCDEF'.padEnd(64, '7');

describe('the settings of stores, in the app after step 07', () => {
  const { readStoreConfig: read } = load<{ readStoreConfig: Read }>('store-config');
  after(removeApps);
  const refusals = (env: Record<string, string>): string[] => {
    try {
      read(env);
    } catch (error) {
      const { name, message } = error as Error;
      expect(name).to.equal('Error');
      const [first, ...lines] = message.split('\n');
      expect(first).to.equal('The app cannot start. Set these in its environment or .env:');
      return lines.map((line) => line.replace(/^ {2}- /, ''));
    }
    return [];
  };

  it('have defaults, all but the keys', () => {
    const { keys, ...others } = read({ STORE_KEYS: KEY });
    expect(keys.map((key) => key.toString('hex'))).to.deep.equal([KEY.toLowerCase()]);
    expect(others).to.deep.equal({
      url: 'file:store.db',
      idleSeconds: 86_400,
      absoluteSeconds: 604_800,
      tokenRequestSeconds: 3,
      lockSeconds: 10,
      trustProxy: 'loopback',
    });
    expect(refusals({})).to.deep.equal(['STORE_KEYS is missing: openssl rand -hex 32 makes a key']);
  });

  it('take several keys, newest first, and blanks around a value; memory makes its own key', () => {
    const other = '8'.repeat(64);
    const { keys, url, lockSeconds } = read({
      STORE_KEYS: ` ${KEY} , ${other} `,
      STORE_URL: ' redis://localhost:6379 ',
      LOCK_SECONDS: ' 20 ',
      SESSION_IDLE_SECONDS: '  ',
    });
    expect(keys.map((key) => key.toString('hex'))).to.deep.equal([KEY.toLowerCase(), other]);
    expect([url, lockSeconds]).to.deep.equal(['redis://localhost:6379', 20]);
    const [one, two] = [read({ STORE_URL: 'memory:' }), read({ STORE_URL: 'memory:' })];
    expect(one.keys[0]).to.have.lengthOf(32).and.not.deep.equal(two.keys[0]);
  });

  for (const [name, values] of Object.entries({
    STORE_URL: ['store.db', 'memory', 'memory:x', 'file:', 'redis:', 'http://localhost', 'postgres://x'],
    STORE_KEYS: ['abc', KEY.slice(1), `${KEY}0`, `${KEY},`, `${KEY},x`, KEY.replace('0', 'g'), ','],
    SESSION_IDLE_SECONDS: ['0', '-1', 'a day', '1e99', 'Infinity', 'NaN', '1.5', '315360001'],
    SESSION_ABSOLUTE_SECONDS: ['0', '-1', '1 week', '1e99', '0.5', '315360001'],
    TOKEN_REQUEST_SECONDS: ['0', '-3', 'soon', '1.1', '3601'],
    LOCK_SECONDS: ['0', '-10', 'long', '10.5', '3601'],
    TRUST_PROXY: ['true', '1', 'nginx', '0.0.0.0/0', '10.0.0.0/33', 'loopback, everybody'],
  }))
    it(`refuse ${values.length} wrong values of ${name}, by its name`, () => {
      for (const value of values) {
        const found = refusals({ STORE_URL: 'file:store.db', STORE_KEYS: KEY, [name]: value });
        expect(
          found.filter((line) => line.startsWith(`${name} must `)),
          value,
        ).to.have.lengthOf.above(0);
        // A key is a secret.
        if (name === 'STORE_KEYS') expect(found.join(), value).to.not.include(KEY.slice(1, 60));
      }
    });

  it('refuse a lock that is not longer than a request to the tenant', () => {
    for (const [lock, request] of [
      ['3', '3'],
      ['2', '3'],
    ])
      expect(
        refusals({ STORE_KEYS: KEY, LOCK_SECONDS: lock ?? '', TOKEN_REQUEST_SECONDS: request ?? '' }),
      ).to.deep.equal([
        'LOCK_SECONDS must be longer than TOKEN_REQUEST_SECONDS, or a lock ends while its owner waits for the tenant',
      ]);
  });

  it('report all that is wrong in one message', () => {
    const found = refusals({
      STORE_URL: 'store.db',
      SESSION_IDLE_SECONDS: 'x',
      SESSION_ABSOLUTE_SECONDS: '0',
      TOKEN_REQUEST_SECONDS: '20',
      TRUST_PROXY: 'true',
    });
    expect(found.map((line) => line.split(' ')[0]).sort()).to.deep.equal([
      ...['LOCK_SECONDS', 'SESSION_ABSOLUTE_SECONDS', 'SESSION_IDLE_SECONDS', 'STORE_KEYS', 'STORE_URL'],
      'TRUST_PROXY',
    ]);
  });
});
