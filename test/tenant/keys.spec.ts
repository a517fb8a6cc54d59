import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { UserError } from '../../shared/lib/user-error';
import { clientCredentials } from '../../shared/tenant/config/credentials';
import { client } from '../../shared/tenant/config/schema';
import { openDataFolder } from '../../shared/tenant/keys/key-file';
import { temporaryFolder } from '../support/workshop';

describe('a data folder that something is wrong with', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);

  const refusal = async (data: string) => {
    const error = await openDataFolder(data).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).to.be.instanceOf(UserError);
    return (error as UserError).message;
  };

  it('reports in words when no folder can be made there', async () => {
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, '');
    expect(await refusal(file))
      .to.include(file)
      .and.include('--data');
    expect(await refusal(path.join(file, 'below'))).to.include('--data');
  });

  it('reports in words when a key in it cannot sign', async () => {
    const rsa = (bits: number) =>
      crypto.generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ format: 'jwk' });
    const cookieKeys = ['x'.repeat(43)];
    const keys: Record<string, object> = {
      'a half one': { kty: 'RSA', kid: 'a', alg: 'RS256', d: 'b' },
      'a short one': { ...rsa(1024), kid: 'a', alg: 'RS256' },
    };
    for (const [name, key] of Object.entries(keys)) {
      const data = path.join(folder, name);
      fs.mkdirSync(data);
      const text = JSON.stringify({ signingKeys: [key], cookieKeys });
      fs.writeFileSync(path.join(data, 'keys.json'), text);
      expect(await refusal(data), name)
        .to.include('keys.json is damaged')
        .and.include('--reset');
      expect(fs.readFileSync(path.join(data, 'keys.json'), 'utf8'), 'left as it was').to.equal(text);
    }
  });

  it('may hold several keys, of which the first signs', async () => {
    const data = path.join(folder, 'several');
    const { signingKeys, cookieKeys } = await openDataFolder(data);
    const old = await openDataFolder(path.join(folder, 'older'));
    const both = [...signingKeys, ...old.signingKeys];
    fs.writeFileSync(path.join(data, 'keys.json'), JSON.stringify({ signingKeys: both, cookieKeys }));
    expect((await openDataFolder(data)).signingKeys.map((key) => key.kid)).to.deep.equal(
      both.map((key) => key.kid),
    );
  });

  it('loses nothing of its owner by a reset', async () => {
    const data = path.join(folder, 'shared');
    await openDataFolder(data);
    for (const mine of ['mine.json', 'keys.json.bak']) fs.writeFileSync(path.join(data, mine), 'mine');
    for (const made of ['keys.json.1.0123abcd', 'saml.json', 'kept-users.json', 'authority.json'])
      fs.writeFileSync(path.join(data, made), 'made by the tenant');
    await openDataFolder(data, { reset: true });
    expect(fs.readdirSync(data).sort()).to.deep.equal(['keys.json', 'keys.json.bak', 'mine.json']);
  });

  it('makes a secret where the environment has an empty one', async () => {
    const data = path.join(folder, 'empty');
    await openDataFolder(data);
    const env = { CLIENT_ID__WEB_APP: '', CLIENT_SECRET__WEB_APP: '' };
    const found = (await clientCredentials(data, [client.parse({ name: 'Web App' })], env)).get('Web App');
    expect(found?.client_id).to.equal('WebApp');
    expect(found?.client_secret).to.have.lengthOf.at.least(48);
  });
});
