import { expect } from 'chai';
import request from 'supertest';
import { removeApps } from '../support/app-in-process';
import { finishedApi } from '../support/finished-api';
import { type Signer, startSigner } from '../support/signer';

const { Appointments, createApi } = finishedApi();
const AUDIENCE = 'https://appointments.example/api';
const ALL = 'read:appointments create:appointments delete:appointments';

describe('the API keeps appointments', () => {
  let signer: Signer;
  let api: ReturnType<typeof createApi>;
  let ann: string;
  let bob: string;
  before(async () => {
    signer = await startSigner(AUDIENCE);
    api = createApi({ issuer: new URL(signer.issuer), audience: AUDIENCE });
    ann = `Bearer ${await signer.sign({ sub: 'auth0|ann', scope: ALL })}`;
    bob = `Bearer ${await signer.sign({ sub: 'auth0|bob', scope: ALL })}`;
  });
  after(async () => {
    removeApps();
    await signer.close();
  });

  const post = (body: unknown, type = 'application/json') =>
    request(api)
      .post('/appointments')
      .set('Authorization', ann)
      .set('Content-Type', type)
      .send(typeof body === 'string' ? body : JSON.stringify(body));
  const wanted = { title: 'Chess', startsAt: '2027-05-01T10:00:00Z' };

  it('forgets whoever was seen least recently, beyond a thousand users', () => {
    const all = new Appointments();
    for (const sub of ['first', 'second', 'first']) all.of(sub).length = 1;
    for (let i = 0; i < 999; i++) all.of(`user ${i}`);
    expect(all.of('first')).to.have.length(1);
    expect(all.of('second')).to.have.length(2);
  });

  it('makes, lists and deletes one, for its user only', async () => {
    const made = await post(wanted);
    expect(made.status).to.equal(201);
    expect(made.body).to.include(wanted);
    expect(made.headers.location).to.equal(`/appointments/${made.body.id}`);
    const titles = async (who: string) =>
      (await request(api).get('/appointments').set('Authorization', who)).body.appointments.map(
        (one: { title: string }) => one.title,
      );
    expect(await titles(ann)).to.include('Chess');
    expect(await titles(bob)).not.to.include('Chess');
    const remove = (who: string) =>
      request(api).delete(`/appointments/${made.body.id}`).set('Authorization', who);
    expect((await remove(bob)).status).to.equal(404);
    expect((await remove(ann)).status).to.equal(204);
    expect(await titles(ann)).not.to.include('Chess');
  });

  it('gives a new user two appointments in the near future', async () => {
    const eve = `Bearer ${await signer.sign({ sub: 'auth0|eve', scope: ALL })}`;
    const { body, headers } = await request(api).get('/appointments').set('Authorization', eve);
    const starts = body.appointments.map((one: { startsAt: string }) => Date.parse(one.startsAt));
    expect(starts).to.have.length(2);
    for (const start of starts) expect(start).to.be.within(Date.now(), Date.now() + 7 * 86_400_000);
    expect(headers['cache-control']).to.equal('no-store');
    expect(headers).not.to.have.property('x-powered-by');
  });

  it('keeps no more than 200 for a user', async () => {
    const appointments = new Appointments();
    const mine = appointments.of('auth0|full');
    while (mine.length < 200) mine.push({ ...wanted, id: String(mine.length) });
    const full = createApi({ issuer: new URL(signer.issuer), audience: AUDIENCE, appointments });
    const answer = await request(full)
      .post('/appointments')
      .set('Authorization', `Bearer ${await signer.sign({ sub: 'auth0|full', scope: ALL })}`)
      .send(wanted);
    expect(answer.status).to.equal(409);
    expect(appointments.of('auth0|full')).to.have.length(200);
  });

  it('remembers 1,000 users, and drops those seen least recently', () => {
    const appointments = new Appointments();
    const [first] = appointments.of('first');
    for (let i = 0; i < 998; i++) appointments.of(`user ${i}`);
    expect(appointments.of('first')[0]).to.equal(first);
    appointments.of('one more');
    appointments.of('one more still');
    expect(appointments.of('first')[0], 'it was seen after the others').to.equal(first);
  });

  const wrong: [string, () => request.Test, number, RegExp][] = [
    ['a body that is not JSON', () => post('{"title":'), 400, /not valid JSON/],
    ['a body that is too large', () => post({ ...wanted, title: 'x'.repeat(20_000) }), 413, /10 kB/],
    ['another media type', () => post('title=x', 'text/plain'), 415, /application\/json/],
    ['no title', () => post({ startsAt: wanted.startsAt }), 422, /title/],
    ['a date without time zone', () => post({ ...wanted, startsAt: '2027-05-01T10:00' }), 422, /time zone/],
    ['an unknown property', () => post({ ...wanted, owner: 'bob' }), 422, /owner/],
    [
      'a method that the route does not have',
      () => request(api).put('/appointments').set('Authorization', ann),
      405,
      /GET lists/,
    ],
    ['a route that there is not', () => request(api).get('/nothing'), 404, /appointments/],
  ];
  for (const [name, call, status, detail] of wrong) {
    it(`answers ${status} as a problem to ${name}`, async () => {
      const answer = await call();
      expect(answer.status).to.equal(status);
      expect(answer.headers['content-type']).to.match(/^application\/problem\+json/);
      expect(answer.body.detail).to.match(detail);
      expect(JSON.stringify(answer.body)).not.to.match(/\bat .*\.ts|node_modules/);
    });
  }
});
