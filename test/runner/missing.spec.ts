import { expect } from 'chai';
import { missing } from '../support/missing';

describe('what this machine lacks', () => {
  it('is a server for the tests of Redis if no folder of PATH has one, which can be installed, but not on Windows', () => {
    const { PATH, REDIS_PATH } = process.env;
    process.env.PATH = __dirname;
    delete process.env.REDIS_PATH;
    try {
      const found = missing().find(({ ending }) => ending === '.redis.spec.ts');
      expect(found?.what).to.equal('no redis-server or valkey-server');
      expect(found?.always).to.equal(process.platform === 'win32');
    } finally {
      process.env.PATH = PATH;
      if (REDIS_PATH !== undefined) process.env.REDIS_PATH = REDIS_PATH;
    }
  });
});
