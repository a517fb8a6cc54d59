import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const keys = (process.env.STORE_KEYS ?? '').split(',').map((text) => {
  const key = Buffer.from(text.trim(), 'hex');
  if (key.length !== 32) throw new Error('STORE_KEYS needs 64 hexadecimal characters for each key');
  return { key, name: createHash('sha256').update(key).digest('hex').slice(0, 12) };
});

/** @param owner what the text belongs to: it decrypts for no other one. */
export function encrypt(owner: string, value: unknown): string {
  const [{ key, name }] = keys as [(typeof keys)[number]];
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
  const text = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
  return [name, ...[iv, cipher.getAuthTag(), text].map((part) => part.toString('base64url'))].join('.');
}

/** Undefined for a text of another owner, a changed one, and one whose key is gone. */
export function decrypt(owner: string, sealed: string): unknown {
  const [name, ...parts] = sealed.split('.');
  const [iv, tag, text] = parts.map((part) => Buffer.from(part, 'base64url'));
  const known = keys.find((one) => one.name === name);
  if (!known || !iv || !tag || !text) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', known.key, iv, { authTagLength: 16 });
    decipher.setAAD(Buffer.from(owner)).setAuthTag(tag);
    return JSON.parse(decipher.update(text).toString() + decipher.final().toString());
  } catch {
    return undefined;
  }
}
