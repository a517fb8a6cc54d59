import { expect } from 'chai';
import { text } from '../../shared/browser';
import { appInWorld } from './attacks';

describe('the page of one role, in the app after step 05', () => {
  const here = appInWorld(5);

  it('says to everybody else whom it is for, and leads back to the profile', async () => {
    here.world.tenant.idToken = (claims) => ({
      ...claims,
      'https://call-your-api.example/roles': ['assistant'],
    });
    await here.user.logIn();
    const page = await here.user.get('/office');
    expect(page.status).to.equal(403);
    expect(page.body).to.include('<h1>Not your role</h1>');
    expect(text(page)).to.include('This page is for users with the role manager.');
    expect(page.body).to.match(/<a class="button" href="\/profile">Your profile<\/a>/);
  });
});
