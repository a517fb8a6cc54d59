import { expect } from 'chai';
import { allowShiftedClocks } from '../../shared/faults/clock';
import { FaultInjector } from '../../shared/faults/inject';
import { type Answer, AUDIENCE, CALLBACK, Client, decode } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';

/** Seconds. */
const HOUR = 3600;

const YAML = `
tenant: { session_lifetime: 2, idle_session_lifetime: 1 }
resourceServers:
  - { name: Appointments API, identifier: ${AUDIENCE}, token_lifetime: 600, allow_offline_access: true, scopes: [{ value: "read:appointments" }] }
clients:
  - name: Rotating
    callbacks: [${CALLBACK}]
    refresh_token: { rotation_type: rotating, expiration_type: expiring, token_lifetime: 1000, idle_token_lifetime: 100 }
  - name: Fixed
    callbacks: [${CALLBACK}]
    refresh_token: { rotation_type: non-rotating, expiration_type: expiring, token_lifetime: 1000, idle_token_lifetime: 100 }
  - name: Endless
    callbacks: [${CALLBACK}]
    refresh_token: { rotation_type: rotating, expiration_type: non-expiring }
`;

/** The tenant's clock is turned, and each thing asked for where it is used. */
describe('the end of', () => {
  let test: TestTenant;
  let client: Client;
  const faults = new FaultInjector();
  before(async () => {
    allowShiftedClocks();
    test = await startTestTenant({ yaml: YAML, wrap: (handler) => faults.wrap(handler) });
  });
  after(() => test?.close());
  beforeEach(() => {
    faults.clock = 0;
    client = new Client(test.tenant);
  });
  afterEach(() => client.close());

  const logIn = async (name: string) => {
    const credentials = test.credentials(name.toUpperCase());
    const url = await client.callback({ client_id: credentials.client_id });
    const { body } = await client.redeem(url.searchParams.get('code') ?? '', credentials);
    const refresh = (token: string | undefined): Promise<Answer> => client.refresh(token, credentials);
    const { access_token, id_token, refresh_token } = body;
    return { access_token, id_token, refresh_token, refresh };
  };
  const isLoggedIn = async () => (await client.callbackSilently()).searchParams.has('code');

  it('a code comes after a minute', async () => {
    const first = (await client.callback()).searchParams.get('code') ?? '';
    faults.clock = 58;
    expect((await client.redeem(first)).status).to.equal(200);
    faults.clock = 0;
    const second = (await client.callback()).searchParams.get('code') ?? '';
    faults.clock = 62;
    const late = await client.redeem(second);
    expect([late.status, late.body.error, late.body.error_description]).to.deep.equal([
      400,
      'invalid_grant',
      'Invalid authorization code',
    ]);
    expect(test.last('token refused')?.reason).to.match(/expired|not found/);
  });

  it('an access token comes when its API says, at /userinfo too', async () => {
    const { access_token, id_token } = await logIn('Rotating');
    const { iat, exp } = decode(access_token).payload;
    expect(Number(exp) - Number(iat)).to.equal(600);
    const userinfo = async () =>
      (
        await fetch(`${test.tenant.origin}/userinfo`, {
          headers: { authorization: `Bearer ${access_token}` },
        })
      ).status;
    faults.clock = 590;
    expect(await userinfo()).to.equal(200);
    faults.clock = 610;
    expect(await userinfo()).to.equal(401);
    expect(decode(id_token).payload.exp).to.be.above(Number(exp));
  });

  for (const name of ['Rotating', 'Fixed'])
    it(`a refresh token of ${name} comes when nobody used it for its idle lifetime`, async () => {
      const { refresh_token, refresh } = await logIn(name);
      faults.clock = 95;
      const { status, body } = await refresh(refresh_token);
      expect(status).to.equal(200);
      // Its use began the time again.
      faults.clock = 190;
      const next = body.refresh_token ?? refresh_token;
      const again = await refresh(next);
      expect(again.status).to.equal(200);
      faults.clock = 295;
      const late = await refresh(again.body.refresh_token ?? next);
      expect([late.status, late.body.error, late.body.error_description]).to.deep.equal([
        400,
        'invalid_grant',
        'Unknown or invalid refresh token.',
      ]);
    });

  for (const name of ['Rotating', 'Fixed'])
    it(`a refresh token of ${name} comes after its absolute lifetime, which no use moves`, async () => {
      const { refresh_token, refresh } = await logIn(name);
      let token = refresh_token;
      for (faults.clock = 90; faults.clock < 1000; faults.clock += 90) {
        const { status, body } = await refresh(token);
        expect(status, `after ${faults.clock} s`).to.equal(200);
        token = body.refresh_token ?? token;
      }
      faults.clock = 1005;
      expect((await refresh(token)).status).to.equal(400);
    });

  it('a refresh token never comes where it does not expire', async () => {
    const { refresh_token, refresh } = await logIn('Endless');
    faults.clock = 365 * 24 * HOUR;
    expect((await refresh(refresh_token)).status).to.equal(200);
  });

  it('a session comes when nobody used it for its idle lifetime', async () => {
    await logIn('Rotating');
    faults.clock = HOUR - 60;
    expect(await isLoggedIn()).to.equal(true);
    // That was a use.
    faults.clock = 2 * HOUR - 180;
    expect(await isLoggedIn()).to.equal(true);
    client.close();
    client = new Client(test.tenant);
    faults.clock = 0;
    await logIn('Rotating');
    faults.clock = HOUR + 60;
    expect(await isLoggedIn()).to.equal(false);
  });

  it('a session comes after its absolute lifetime, which no use moves', async () => {
    await logIn('Rotating');
    for (faults.clock = HOUR / 2; faults.clock < 2 * HOUR; faults.clock += HOUR / 2)
      expect(await isLoggedIn(), `after ${faults.clock} s`).to.equal(true);
    faults.clock = 2 * HOUR + 60;
    expect((await client.callbackSilently()).searchParams.get('error')).to.equal('login_required');
  });
});
