import fs from 'node:fs/promises';
import path from 'node:path';
import { type Certified, certified, certify } from '../../lib/certificate';
import { type Owner, readOrCreate } from '../../lib/data-file';

const OWNER: Owner = {
  name: 'The SAML identity provider',
  fix: 'Delete it: the next start makes it again.',
};

/** @param folder made if absent, private to the user. */
export async function samlKeys(folder: string): Promise<Certified> {
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  return readOrCreate(path.join(folder, 'saml.json'), certified, () => certify('Larkfield Clinic'), OWNER);
}

/** As Auth0's signingCert: the PEM in base64. */
export const onOneLine = (pem: string): string => Buffer.from(pem).toString('base64');
