import { expect } from 'chai';
import { text } from '../../shared/browser';
import { type AppInProcess, removeApps, startAppInProcess } from '../support/app-in-process';
import { startWorld, User, type World } from './attacks';

describe('the page of one role, in the app after step 05', () => {
  let world: World;
  let app: AppInProcess;
  let user: User;

  before(async () => {
    world = await startWorld();
    app = await startAppInProcess(5, world.env);
  });
  after(async () => {
    await app?.close();
    await world?.close();
    removeApps();
  });
  beforeEach(async () => {
    world.tenant.reset();
    user = new User(world, app.origin);
  });
  afterEach(() => user.browser.close());

  it('says to everybody else whom it is for, and leads back to the profile', async () => {
    world.tenant.idToken = (claims) => ({ ...claims, 'https://call-your-api.example/roles': ['assistant'] });
    await user.logIn();
    const page = await user.get('/office');
    expect(page.status).to.equal(403);
    expect(page.body).to.include('<h1>Not your role</h1>');
    expect(text(page)).to.include('This page is for users with the role manager.');
    expect(page.body).to.match(/<a class="button" href="\/profile">Your profile<\/a>/);
  });
});
