import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { hash } from '@node-rs/bcrypt';
import { expect } from 'chai';
import { clientCredentials } from '../../shared/tenant/config/credentials';
import type { CustomPasswordHash } from '../../shared/tenant/config/password-hash';
import { type Client, client } from '../../shared/tenant/config/schema';
import type { User } from '../../shared/tenant/config/user';
import { openDataFolder } from '../../shared/tenant/keys/key-file';
import { verifyPassword } from '../../shared/tenant/users/passwords';
import { DATABASE, readUsers } from '../support/users';
import { ANN, temporaryFolder, USERS } from '../support/workshop';

describe('passwords', () => {
  const withHash = (custom_password_hash: CustomPasswordHash) => ({ custom_password_hash }) as User;

  it('are those of users.json', async () => {
    const ann = (await readUsers(USERS)).findByEmail(DATABASE, ANN.email);
    expect(await verifyPassword(ann, ANN.password)).to.equal(true);
    expect(await verifyPassword(ann, `${ANN.password} `)).to.equal(false);
    expect(await verifyPassword(undefined, ANN.password)).to.equal(false);
    expect(await verifyPassword(ann, 'x'.repeat(2000))).to.equal(false);
  });

  it('are verified in each format of the bulk import that the tenant knows', async () => {
    const salt = crypto.randomBytes(16);
    const b64 = (buffer: Buffer) => buffer.toString('base64').replace(/=+$/, '');
    const pbkdf2 = `$pbkdf2-sha256$i=1000,l=32$${b64(salt)}$${b64(crypto.pbkdf2Sync('pw', salt, 1000, 32, 'sha256'))}`;
    const scrypt = crypto.scryptSync('pw', salt, 32, { N: 1024, r: 8, p: 1 });
    const formats: CustomPasswordHash[] = [
      { algorithm: 'bcrypt', hash: { value: await hash('pw', { cost: 4 }), encoding: 'utf8' } },
      { algorithm: 'pbkdf2', hash: { value: pbkdf2, encoding: 'utf8' } },
      {
        algorithm: 'scrypt',
        hash: { value: scrypt.toString('hex'), encoding: 'hex' },
        salt: { value: salt.toString('base64'), encoding: 'base64' },
        cost: 1024,
        blockSize: 8,
        parallelization: 1,
        keylen: 32,
      },
    ];
    for (const format of formats) {
      expect(await verifyPassword(withHash(format), 'pw'), format.algorithm).to.equal(true);
      expect(await verifyPassword(withHash(format), 'PW'), format.algorithm).to.equal(false);
    }
  });

  it('never block the event loop', async () => {
    const ann = (await readUsers(USERS)).findByEmail(DATABASE, ANN.email);
    const turnsDuring = async (work: () => Promise<unknown>): Promise<number> => {
      let turns = 0;
      let done = false;
      const count = () => {
        turns++;
        if (!done) setImmediate(count);
      };
      setImmediate(count);
      await work();
      done = true;
      return turns;
    };
    // On the loop itself eight hashes would leave a turn or two between them. A busy machine may take the loop away as well, but not each time.
    let most = 0;
    for (let attempt = 0; attempt < 20 && most <= 50; attempt++)
      most = Math.max(
        most,
        await turnsDuring(() => Promise.all(Array.from({ length: 8 }, () => verifyPassword(ann, 'wrong')))),
      );
    expect(most).to.be.greaterThan(50);
  });
});

describe("the tenant's data folder", () => {
  const { folder, remove } = temporaryFolder();
  after(remove);
  const applications: Client[] = [
    client.parse({ name: 'Web App!' }),
    client.parse({ name: 'Open', token_endpoint_auth_method: 'none' }),
  ];

  it('stores keys and secrets, private to the user, and makes new ones on request', async () => {
    const data = path.join(folder, 'one');
    const first = await openDataFolder(data);
    const made = await clientCredentials(data, applications, {});
    expect(made.get('Web App!')).to.include({ client_id: 'WebApp' });
    expect(made.get('Web App!')?.client_secret).to.match(/^[A-Za-z0-9]{48,}$/);
    expect(made.get('Open')).to.deep.equal({ client_id: 'Open' });
    const again = await openDataFolder(data);
    expect(again.signingKeys).to.deep.equal(first.signingKeys);
    expect(await clientCredentials(data, applications, {})).to.deep.equal(made);
    if (process.platform !== 'win32') {
      expect(fs.statSync(data).mode & 0o777).to.equal(0o700);
      for (const file of fs.readdirSync(data))
        expect(fs.statSync(path.join(data, file)).mode & 0o777, file).to.equal(0o600);
    }
    const reset = await openDataFolder(data, { reset: true });
    expect(reset.signingKeys[0]?.kid).not.to.equal(first.signingKeys[0]?.kid);
    expect(await clientCredentials(data, applications, {})).not.to.deep.equal(made);
  });

  it('lets tenant.yaml and the environment name id and secret', async () => {
    const data = path.join(folder, 'two');
    await openDataFolder(data);
    const named = client.parse({ name: 'Named', client_id: 'abc', client_secret: 'a-secret-of-my-own' });
    expect((await clientCredentials(data, [named], {})).get('Named')).to.deep.equal({
      client_id: 'abc',
      client_secret: 'a-secret-of-my-own',
    });
    const env = { CLIENT_ID__WEB_APP: 'fromEnv', CLIENT_SECRET__WEB_APP: 'secret from env' };
    expect((await clientCredentials(data, applications, env)).get('Web App!')).to.deep.equal({
      client_id: 'fromEnv',
      client_secret: 'secret from env',
    });
  });

  it('is the same for eight tenants that start at once', async () => {
    const data = path.join(folder, 'three');
    const opened = await Promise.all(Array.from({ length: 8 }, () => openDataFolder(data)));
    expect(new Set(opened.map(({ signingKeys }) => signingKeys[0]?.kid)).size).to.equal(1);
    const all = await Promise.all(opened.map(() => clientCredentials(data, applications, {})));
    expect(new Set(all.map((one) => one.get('Web App!')?.client_secret)).size).to.equal(1);
    expect(fs.readdirSync(data).sort()).to.have.lengthOf(2).and.include('keys.json');
  });

  it('says what to do when a file in it is damaged', async () => {
    const data = path.join(folder, 'four');
    await openDataFolder(data);
    fs.writeFileSync(path.join(data, 'keys.json'), '{');
    const error = await openDataFolder(data).catch((e: Error) => e);
    expect(error).to.have.property('message').that.includes('--reset');
  });
});
