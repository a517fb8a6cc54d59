import crypto from 'node:crypto';
import { expect } from 'chai';
import type { CustomPasswordHash } from '../../shared/tenant/config/password-hash';
import { verifyPassword } from '../../shared/tenant/passwords';
import type { User } from '../../shared/tenant/users/user';

describe('a password hash that cannot be right', () => {
  const verify = (custom_password_hash: CustomPasswordHash) =>
    verifyPassword({ custom_password_hash } as User, 'any password');
  const scrypt = (value: string, more: Partial<CustomPasswordHash> = {}): CustomPasswordHash => ({
    algorithm: 'scrypt',
    hash: { value, encoding: 'hex' },
    salt: { value: 'salt', encoding: 'utf8' },
    cost: 1024,
    ...more,
  });
  const pbkdf2 = (value: string): CustomPasswordHash => ({
    algorithm: 'pbkdf2',
    hash: { value, encoding: 'utf8' },
  });

  // Each of these decodes to no bytes at all, and no bytes equal a key of length 0.
  it('lets nobody in when nothing of it can be decoded', async () => {
    expect(await verify(scrypt('zz')), 'scrypt, not hex').to.equal(false);
    expect(await verify(scrypt('', { keylen: 0 })), 'scrypt, empty').to.equal(false);
    expect(await verify(pbkdf2('$pbkdf2-sha256$i=1$c2FsdA$A')), 'pbkdf2, half a byte').to.equal(false);
    expect(await verify(pbkdf2('$pbkdf2-sha256$i=1,l=0$c2FsdA$A')), 'pbkdf2, no length').to.equal(false);
  });

  it('lets nobody in when it is so short that every 256th password fits', async () => {
    const one = crypto.scryptSync('any password', 'salt', 1, { N: 1024 }).toString('hex');
    expect(await verify(scrypt(one)), 'scrypt').to.equal(false);
    const two = crypto
      .pbkdf2Sync('any password', 'salt', 1, 1, 'sha256')
      .toString('base64')
      .replace(/=/g, '');
    expect(await verify(pbkdf2(`$pbkdf2-sha256$i=1,l=1$c2FsdA$${two}`)), 'pbkdf2').to.equal(false);
  });

  it('is a wrong password, not a failure of the tenant, when the algorithm is unknown', async () => {
    expect(await verify(pbkdf2('$pbkdf2-sha7$i=1,l=16$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA'))).to.equal(false);
    expect(await verify({ algorithm: 'bcrypt', hash: { value: 'plain', encoding: 'utf8' } })).to.equal(false);
  });
});
