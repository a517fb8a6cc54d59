import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readOrCreate, replaceText, replaceWhole } from '../../lib/data-file';
import type { Identity } from './certificate';

/** What a server on loopback needs for https, and what its clients must trust. */
export interface LocalHttps extends Identity {
  /** The authority's certificate as a file, for NODE_EXTRA_CA_CERTS or a browser's settings. */
  authorityFile: string;
}

/** In days. Ten years, so that it is trusted once. */
const AUTHORITY_LASTS = 3650;
/** In days: browsers take at most 398 of a server's certificate. */
const SERVER_LASTS = 397;
/** In days: with less than this left a certificate is made again at the start. */
const RENEWED_BEFORE = 90;
const DAY = 24 * 3600 * 1000;

const identity = z
  .object({ key: z.string(), certificate: z.string() })
  .refine(isWhole, 'is no certificate with its key');

/**
 * The local authority and the certificate for localhost, stored in the data folder (private to the user): made at the first start with
 * https, renewed before they expire.
 *
 * @throws UserError when a file is damaged, or the folder cannot be written to.
 */
export async function localHttps(folder: string): Promise<LocalHttps> {
  // Loaded here and not above: whoever stays with http does not wait for it.
  const { makeAuthority, makeServer } = require('./certificate') as typeof import('./certificate');
  const file = (name: string) => path.join(folder, name);
  const kept = async (
    name: string,
    make: () => Promise<Identity>,
    stillGood = (_found: Identity) => true,
  ) => {
    const found = await readOrCreate(file(name), identity, make);
    if (daysLeft(found) > RENEWED_BEFORE && stillGood(found)) return found;
    await replaceWhole(file(name), await make());
    return readOrCreate(file(name), identity, make);
  };
  const authority = await kept('authority.json', () => makeAuthority(AUTHORITY_LASTS));
  const server = await kept(
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
