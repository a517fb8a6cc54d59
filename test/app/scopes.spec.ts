import { expect } from 'chai';
import { appInWorld } from './attacks';

describe('scopes of a login, in the app after step 03', () => {
  const here = appInWorld(3);
  const ALWAYS = 'openid profile email read:appointments create:appointments delete:appointments';
  const asked = async (scope: string) => {
    const { status, headers } = await here.user.get(`/login?${new URLSearchParams({ scope })}`);
    expect(status).to.equal(303);
    return new URL(headers.location ?? '').searchParams.get('scope');
  };

  it('are those of every login, and those of the API that a page asks for', async () => {
    expect(await asked('delete:appointments read:appointments admin')).to.equal(
      `${ALWAYS} read:appointments delete:appointments`,
    );
    expect(await asked('')).to.equal(ALWAYS);
  });

  it('are shown one by one in the profile, as they were granted', async () => {
    const page = await here.user.logIn();
    expect(page.status).to.equal(303);
    const { body } = await here.user.get('/profile');
    const shown = [...body.matchAll(/<code>([^<]*)<\/code>/g)].map(([, scope]) => scope);
    expect(shown).to.include.members(['openid', 'offline_access', 'read:appointments']);
  });
});
