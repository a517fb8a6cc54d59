import path from 'node:path';
import { expect } from 'chai';
import { startAppInProcess } from '../support/app-in-process';
import { temporaryFolder } from '../support/workshop';
import { attackedWorld, User } from './attacks';

describe('the app after step 07, when a key was removed', () => {
  const { env, withUser } = attackedWorld();

  it('sends its users to the login once, without an error, and they go on', async () => {
    const { folder, remove } = temporaryFolder();
    const start = (key: string) =>
      startAppInProcess(7, {
        ...env(),
        STORE_URL: `file:${path.join(folder, 'store.db')}`,
        STORE_KEYS: key.repeat(64),
      });
    const before = await start('7');
    const after = await start('8');
    try {
      await withUser(before, async (user, world) => {
        await user.logIn();
        expect((await user.get('/appointments')).status).to.equal(200);
        // The same browser: its cookies are for all ports.
        const again = Object.assign(new User(world, after.origin), { browser: user.browser });
        expect(await again.isLoggedIn(), 'the session itself is not encrypted').to.equal(true);
        const refused = await again.get('/appointments');
        expect(refused.status).to.be.within(302, 303);
        expect(refused.headers.location).to.equal('/login?returnTo=%2Fappointments');
        const end = await again.logIn('?returnTo=/appointments');
        expect([end.status, end.headers.location]).to.deep.equal([303, '/appointments']);
        const page = await again.get('/appointments');
        expect([page.status, page.body.includes('Dentist')]).to.deep.equal([200, true]);
      });
    } finally {
      await after.close();
      await before.close();
      remove();
    }
  });
});
