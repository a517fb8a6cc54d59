import fs from 'node:fs';
import path from 'node:path';
import { verify } from '@node-rs/bcrypt';
import { expect } from 'chai';
import { ROOT } from '../../shared/lib/places';
import { DEMO_USERS } from '../../shared/tenant/demo-users';
import { USER_ROLES, USERS } from '../support/workshop';

type DemoUser = { email: string; password_hash: string };

describe('the demo users', () => {
  const read = (file: string) => JSON.parse(fs.readFileSync(path.resolve(ROOT, file), 'utf8'));
  const own = read('shared/tenant/users.json') as DemoUser[];
  const cheap = read(USERS) as DemoUser[];

  it('have the passwords that npm start prints', async () => {
    for (const users of [own, cheap])
      for (const { email, password } of DEMO_USERS) {
        const hash = users.find((one) => one.email === email)?.password_hash ?? '';
        expect(await verify(password, hash), email).to.equal(true);
      }
  });

  it('are the same in tests, but for what their hashes cost', () => {
    const bare = (users: DemoUser[]) => users.map((one) => ({ ...one, password_hash: '' }));
    expect(bare(cheap)).to.deep.equal(bare(own));
    expect(cheap.map(({ password_hash }) => password_hash.slice(0, 7))).to.deep.equal(['$2b$04$', '$2b$04$']);
    expect(own.map(({ password_hash }) => password_hash.slice(0, 7))).to.deep.equal(['$2b$10$', '$2b$10$']);
    expect(read(USER_ROLES)).to.deep.equal(read('shared/tenant/user-roles.json'));
  });
});
