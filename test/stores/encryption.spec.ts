import { createCipheriv, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { FlattenedEncrypt } from 'jose';
import { removeApps } from '../support/app-in-process';
import { load, type Sealed } from './layer';

/** As the layer's encryption.ts has it. */
interface Tokens {
  version: number;
  access_token: string;
}
interface EncryptionModule {
  Encryption: new (
    keys: readonly Buffer[],
  ) => {
    seal(id: string, tokens: Tokens): Promise<Sealed>;
    open(id: string, sealed: Sealed): Promise<Tokens | undefined>;
  };
}

const TOKENS: Tokens = { version: 4, access_token: 'the access token' };
const [NEW, OLD, OTHER] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer, Buffer];
const bytes = (text: string) => new TextEncoder().encode(text);

describe('the encryption of tokens, in the app after step 07', () => {
  const { Encryption } = load<EncryptionModule>('encryption');
  const here = new Encryption([NEW, OLD]);
  const realError = console.error;
  let log: string[];
  beforeEach(() => {
    log = [];
    console.error = (...words: unknown[]) => log.push(words.join(' '));
  });
  afterEach(() => {
    console.error = realError;
  });
  after(removeApps);

  const partsOf = ({ jwe }: Sealed) => JSON.parse(jwe) as Record<string, string>;
  const headerOf = (sealed: Sealed) =>
    JSON.parse(Buffer.from(partsOf(sealed).protected ?? '', 'base64url').toString()) as Record<
      string,
      string
    >;
  const changed = (sealed: Sealed, changes: object): Sealed => ({
    ...sealed,
    jwe: JSON.stringify({ ...partsOf(sealed), ...changes }),
  });
  /** Refused, with one line in the log that contains no token and no stack trace. */
  const isRefused = async (id: string, sealed: Sealed, why = '') => {
    log.length = 0;
    expect(await here.open(id, sealed), why).to.equal(undefined);
    expect(log, why).to.have.lengthOf(1);
    expect(log[0], why).to.match(/^The tokens of a session cannot be decrypted: .+$/);
    expect(log[0], why).to.not.include(TOKENS.access_token);
  };

  it('brings back what was sealed, for the same session and in another process', async () => {
    const sealed = await here.seal('ann', TOKENS);
    expect(await new Encryption([NEW]).open('ann', sealed)).to.deep.equal(TOKENS);
    expect(log).to.deep.equal([]);
  });

  it('is AES-256 in Galois/Counter Mode with a key identifier, and each record has an IV of its own', async () => {
    const records = [await here.seal('ann', TOKENS), await here.seal('ann', TOKENS)] as [Sealed, Sealed];
    expect(headerOf(records[0])).to.include({ alg: 'dir', enc: 'A256GCM' });
    expect(headerOf(records[0]).kid).to.match(/^[0-9a-f]{8}$/);
    expect(partsOf(records[0]).iv).to.not.equal(partsOf(records[1]).iv);
    for (const { jwe } of records) {
      expect(jwe).to.not.include(TOKENS.access_token);
      // Neither the key nor what the record is bound to is in it.
      expect(jwe).to.not.include(NEW.toString('hex').slice(0, 8));
      expect(Object.keys(JSON.parse(jwe)).sort()).to.deep.equal(['ciphertext', 'iv', 'protected', 'tag']);
    }
  });

  it('refuses a record that was copied to another session, also when it says for which one it was sealed', async () => {
    const sealed = await here.seal('ann', TOKENS);
    for (const id of ['bob', 'ann ', 'Ann', '']) await isRefused(id, sealed, id);
    await isRefused('bob', changed(sealed, { aad: Buffer.from('ann').toString('base64url') }));
    expect(await here.open('ann', sealed)).to.deep.equal(TOKENS);
  });

  it('refuses a record of which one bit is changed: ciphertext, tag, IV and header', async () => {
    const sealed = await here.seal('ann', TOKENS);
    for (const [name, text] of Object.entries(partsOf(sealed)))
      for (const at of [0, Math.floor(text.length / 2)]) {
        const bits = Buffer.from(text, 'base64url');
        const byte = Math.floor((at * 3) / 4);
        bits[byte] = (bits[byte] ?? 0) ^ 1;
        await isRefused('ann', changed(sealed, { [name]: bits.toString('base64url') }), `${name} at ${at}`);
      }
  });

  it('refuses a record that lacks a part, and whatever is no record', async () => {
    const sealed = await here.seal('ann', TOKENS);
    for (const name of Object.keys(partsOf(sealed)))
      await isRefused('ann', changed(sealed, { [name]: undefined }), name);
    const plain = JSON.stringify(TOKENS);
    for (const jwe of ['', 'null', '[]', '"text"', '{', '{}', plain])
      await isRefused('ann', { version: 4, jwe }, jwe);
  });

  it('refuses a header that is written beside the protected one', async () => {
    const sealed = await here.seal('ann', TOKENS);
    const kid = headerOf(await new Encryption([OLD]).seal('ann', TOKENS)).kid;
    for (const beside of [{ header: { kid } }, { unprotected: { kid } }, { header: { zip: 'DEF' } }])
      await isRefused('ann', changed(sealed, beside), JSON.stringify(beside));
  });

  it('refuses a record of a key that it does not have, whatever its kid says', async () => {
    await isRefused('ann', await new Encryption([OTHER]).seal('ann', TOKENS));
    const { kid = '' } = headerOf(await here.seal('ann', TOKENS));
    for (const key of [OTHER, Buffer.alloc(32)])
      for (const named of [kid, 'foreign', '__proto__', 'constructor', ''])
        await isRefused('ann', await sealedBy(key, named), named);
    await isRefused('ann', await sealedBy(NEW, undefined), 'no kid');
  });

  it('refuses a record without authentication: the right key in another mode', async () => {
    const sealed = await here.seal('ann', TOKENS);
    const iv = randomBytes(16);
    const counter = createCipheriv('aes-256-ctr', NEW, iv);
    const ciphertext = Buffer.concat([counter.update(JSON.stringify(TOKENS)), counter.final()]);
    const parts = { ciphertext: ciphertext.toString('base64url'), iv: iv.toString('base64url') };
    const header = { alg: 'dir', enc: 'A256CTR', kid: headerOf(sealed).kid };
    await isRefused(
      'ann',
      changed(sealed, { ...parts, protected: Buffer.from(JSON.stringify(header)).toString('base64url') }),
    );
  });

  it('refuses a record of its own key that names another algorithm', async () => {
    const { kid = '' } = headerOf(await here.seal('ann', TOKENS));
    for (const header of [
      { alg: 'A256GCMKW', enc: 'A256GCM', kid },
      { alg: 'dir', enc: 'A128CBC-HS256', kid },
    ]) {
      const { aad, ...jwe } = await new FlattenedEncrypt(bytes(JSON.stringify(TOKENS)))
        .setProtectedHeader(header)
        .setAdditionalAuthenticatedData(bytes('ann'))
        .encrypt(NEW);
      await isRefused('ann', { version: 4, jwe: JSON.stringify(jwe) }, JSON.stringify(header));
    }
  });

  it('encrypts with the newest key; each key of the list decrypts, and none that was removed', async () => {
    const before = await new Encryption([OLD]).seal('ann', TOKENS);
    expect(await here.open('ann', before)).to.deep.equal(TOKENS);
    const after = await here.seal('ann', TOKENS);
    expect(await new Encryption([NEW]).open('ann', after)).to.deep.equal(TOKENS);
    expect(await new Encryption([OLD]).open('ann', after)).to.equal(undefined);
    expect(await new Encryption([NEW]).open('ann', before)).to.equal(undefined);
    expect(await new Encryption([OTHER, NEW, OLD]).open('ann', before)).to.deep.equal(TOKENS);
  });

  /** What somebody writes who has the form of a record, and a key. */
  async function sealedBy(key: Buffer, kid: string | undefined): Promise<Sealed> {
    const { aad: _, ...jwe } = await new FlattenedEncrypt(bytes(JSON.stringify(TOKENS)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...(kid === undefined ? {} : { kid }) })
      .setAdditionalAuthenticatedData(bytes('ann'))
      .encrypt(key);
    return { version: TOKENS.version, jwe: JSON.stringify(jwe) };
  }
});
