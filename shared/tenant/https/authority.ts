import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readOrCreate, replaceText, replaceWhole, usable } from '../../lib/data-file';
import type { Identity } from './certificate';

export interface LocalHttps extends Identity {
  /** For NODE_EXTRA_CA_CERTS or a browser's settings. */
  authorityFile: string;
}

/** Days: ten years, so that users trust it once. */
const AUTHORITY_LASTS = 3650;
/** Days; browsers accept at most 398. */
const SERVER_LASTS = 397;
/** Days: a certificate that expires earlier is renewed at the start. */
const RENEWED_BEFORE = 90;
const DAY = 24 * 3600 * 1000;

const identity = z
  .object({ key: z.string(), certificate: z.string() })
  .refine(isWhole, 'is no certificate with its key');

/** The local authority and localhost's certificate, made at the first start with https in the private data folder.
 * @throws UserError when a file is damaged, or the folder cannot be written to. */
export async function localHttps(folder: string): Promise<LocalHttps> {
  // Loaded only with https.
  const { makeAuthority, makeServer } = require('./certificate') as typeof import('./certificate');
  const file = (name: string) => path.join(folder, name);
  // The app's certificate is needed before the tenant makes its folder.
  await usable(folder, () => fs.mkdir(folder, { recursive: true, mode: 0o700 }));
  const current = async (
    name: string,
    make: () => Promise<Identity>,
    stillGood = (_found: Identity) => true,
  ) => {
    const found = await readOrCreate(file(name), identity, make);
    if (daysLeft(found) > RENEWED_BEFORE && stillGood(found)) return found;
    await replaceWhole(file(name), await make());
    return readOrCreate(file(name), identity, make);
  };
  const authority = await current('authority.json', () => makeAuthority(AUTHORITY_LASTS));
  const server = await current(
    'localhost.json',
    () => makeServer(authority, SERVER_LASTS),
    (found) =>
      new X509Certificate(found.certificate).verify(new X509Certificate(authority.certificate).publicKey),
  );
  const authorityFile = path.resolve(file('local-authority.pem'));
  const published = await fs.readFile(authorityFile, 'utf8').catch(() => undefined);
  if (published !== authority.certificate) await replaceText(authorityFile, authority.certificate);
  return { ...server, authorityFile };
}

function isWhole({ key, certificate }: Identity): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

const daysLeft = ({ certificate }: Identity) =>
  (Date.parse(new X509Certificate(certificate).validTo) - Date.now()) / DAY;
