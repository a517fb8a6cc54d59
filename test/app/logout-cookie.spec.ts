import { expect } from 'chai';
import { removeApps, startAppInProcess } from '../support/app-in-process';

describe('the logout deletes the cookie of the session,', () => {
  after(removeApps);

  const cases: [step: number, scheme: 'http' | 'https', cookie: string][] = [
    [2, 'http', 'app.sid'],
    [2, 'https', 'app.sid'],
    [7, 'http', 'app.sid'],
    [7, 'https', '__Host-app.sid'],
  ];
  for (const [step, scheme, cookie] of cases)
    it(`${cookie} of step 0${step} with ${scheme}`, async () => {
      const app = await startAppInProcess(step, {
        ISSUER_BASE_URL: 'http://localhost:9/',
        AUDIENCE: 'https://api.example',
        API_URL: 'http://localhost:9',
        STORE_KEYS: '7'.repeat(64),
        ...(scheme === 'https' ? { BASE_URL: 'https://localhost:9' } : {}),
      });
      try {
        const answer = await fetch(`${app.origin}/logout`, {
          method: 'POST',
          redirect: 'manual',
          headers: { 'x-forwarded-proto': scheme, cookie: `${cookie}=s%3Aunknown.signature` },
        });
        expect(answer.status).to.equal(303);
        const deleted = answer.headers.getSetCookie();
        expect(deleted).to.have.length(1);
        // Browsers ignore a cookie with the prefix __Host- that has no Secure, a Domain, or another Path (RFC 6265bis).
        expect(deleted[0]?.split('; ').sort()).to.deep.equal([
          'Expires=Thu, 01 Jan 1970 00:00:00 GMT',
          'Path=/',
          ...(scheme === 'https' ? ['Secure'] : []),
          `${cookie}=`,
        ]);
      } finally {
        await app.close();
      }
    });
});
