import { expect } from 'chai';
import { Browser, text } from '../../shared/browser';
import { certify } from '../../shared/party/certificate';
import { Client } from '../support/client';
import { CONNECTIONS, type Handed, samlAnswer, send, startWorld, type World } from '../support/providers';
import { decoded, encoded, providerKey, sign, unsigned, wrapped } from '../support/saml-forgery';

/** Another of the staff, as whom the attacker wants to be logged in. */
const VICTIM = 'LF-1021';

describe('a forged SAML answer logs nobody in:', () => {
  let world: World;
  let client: Client;
  let handed: Handed;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.close());
  beforeEach(async () => {
    client = new Client(world.tenant);
    handed = await samlAnswer(world, client);
  });
  afterEach(() => client.close());

  const logins = () => world.tenant.events.recent().filter(({ type }) => type === 'login ok').length;

  /** Sends an answer, of which the application must hear no good and nobody else anything. */
  const refused = async (
    change: Parameters<typeof send>[1],
    reason: RegExp,
    description = 'The answer of Larkfield Clinic could not be verified.',
  ) => {
    const before = logins();
    const page = await send(handed, change);
    expect(world.reason()).to.match(reason);
    expect(logins(), 'log-ins').to.equal(before);
    expect(world.tenant.users.findById(`samlp|larkfield|${VICTIM}`), 'the victim').to.equal(undefined);
    const told = new URL(page.headers.location ?? 'http://none.example').searchParams;
    expect([told.get('error'), told.get('error_description')]).to.deep.equal(['access_denied', description]);
    expect((await client.callbackSilently()).searchParams.get('error')).to.equal('login_required');
  };
  const xml = () => decoded(handed.SAMLResponse);
  /** The provider's answer with something else in it, rightly signed. */
  const resigned = (edit: (unsignedXml: string) => string) => ({
    SAMLResponse: encoded(sign(edit(unsigned(xml())), providerKey())),
  });
  const replaced = (pattern: RegExp, by: string) => resigned((one) => one.replaceAll(pattern, by));

  it('the harness itself signs what would be taken', async () => {
    const before = logins();
    await send(
      handed,
      resigned((one) => one),
    );
    expect(world.last('login ok')?.user_id, world.reason()).to.equal('samlp|larkfield|LF-1007');
    expect(logins()).to.equal(before + 1);
  });

  it('unsigned', () => refused({ SAMLResponse: encoded(unsigned(xml())) }, /: it is not signed$/));

  it('changed after it was signed', () =>
    refused({ SAMLResponse: encoded(xml().replace('LF-1007', VICTIM)) }, /signature is not right/));

  it('signed by another key, whose certificate it brings along', async () => {
    const stranger = await certify('Larkfield Clinic');
    const forged = sign(unsigned(xml()).replace('LF-1007', VICTIM), stranger);
    await refused({ SAMLResponse: encoded(forged) }, /another key made it/);
  });

  it('signed around an unsigned assertion only', async () => {
    const forged = sign(unsigned(xml()), providerKey(), 'Response');
    await refused({ SAMLResponse: encoded(forged) }, /signature is not right/);
  });

  it('for another audience', () =>
    refused(
      replaced(/urn:auth0:localhost:larkfield</g, 'urn:auth0:localhost:somebody-else<'),
      /audience mismatch\. Expected: urn:auth0:localhost:larkfield Received: urn:auth0:localhost:somebody-else/,
      'Audience is invalid. Configured: urn:auth0:localhost:larkfield',
    ));

  it('for no audience', () =>
    refused(
      replaced(/<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/g, ''),
      /no AudienceRestriction/,
      'Audience is invalid. Configured: urn:auth0:localhost:larkfield',
    ));

  it('without conditions', () =>
    refused(
      replaced(/<saml:Conditions.*<\/saml:Conditions>/g, ''),
      /lacks what it must have \(Conditions\)/,
    ));

  it('for another recipient', () =>
    refused(
      replaced(/Recipient="[^"]*"/g, 'Recipient="https://other.example/acs"'),
      /its Recipient is https:\/\/other/,
    ));

  it('for another destination', () =>
    refused(
      replaced(/Destination="[^"]*"/g, 'Destination="https://other.example/acs"'),
      /its Destination is https:\/\/other\.example\/acs, not /,
    ));

  const minutes = (n: number) => new Date(Date.now() + n * 60_000).toISOString();
  it('expired', () =>
    refused(
      resigned((one) => one.replace(/(<saml:Conditions[^>]*NotOnOrAfter=")[^"]*/, `$1${minutes(-10)}`)),
      /SAML assertion expired/,
    ));
  it('not yet valid', () =>
    refused(
      resigned((one) => one.replace(/(<saml:Conditions NotBefore=")[^"]*/, `$1${minutes(10)}`)),
      /SAML assertion not yet valid/,
    ));
  it('with a confirmation that expired', () =>
    refused(
      resigned((one) =>
        one.replace(/(<saml:SubjectConfirmationData NotOnOrAfter=")[^"]*/, `$1${minutes(-10)}`),
      ),
      /No valid subject confirmation/,
    ));
  it('with a confirmation that never expires', () =>
    refused(
      resigned((one) => one.replace(/(<saml:SubjectConfirmationData) NotOnOrAfter="[^"]*"/, '$1')),
      /Error parsing NotOnOrAfter/,
    ));
  it('confirmed by something else than being brought', () =>
    refused(replaced(/cm:bearer/g, 'cm:sender-vouches'), /no bearer is confirmed/));

  it('to a request that nobody sent', () =>
    refused(
      replaced(/InResponseTo="[^"]*"/g, 'InResponseTo="_nobody"'),
      /answers the request _nobody, which this log-in did not send/,
    ));
  it('to no request', () => refused(replaced(/ InResponseTo="[^"]*"/g, ''), /InResponseTo is missing/));
  it('to this request outside, and to another one where it is signed', () =>
    refused(
      resigned((one) => one.replace(/(<saml:SubjectConfirmationData[^>]*) InResponseTo="[^"]*"/, '$1')),
      /its assertion answers the request \(none\), which this log-in did not send/,
    ));

  it('of another identity provider that has the same key', () =>
    refused(
      replaced(/<saml:Issuer>[^<]*/g, '<saml:Issuer>https://idp.example'),
      /its Issuer is https:\/\/idp\.example, not http:\/\/localhost:\d+\/metadata/,
    ));

  it('sent a second time, to this log-in and to the next', async () => {
    await send(handed);
    expect(world.last('login ok')?.user_id).to.equal('samlp|larkfield|LF-1007');
    const before = logins();
    const again = await send(handed);
    expect([again.status, logins()]).to.deep.equal([400, before]);
    expect(world.reason()).to.match(
      /no log-in waits for this state: it is unknown, too old, or was answered before/,
    );
    const next = await samlAnswer(world, client);
    const end = await send(next, { SAMLResponse: handed.SAMLResponse });
    expect(world.reason()).to.match(/which was answered before \(a replay\)/);
    expect([end.headers.location?.includes('access_denied'), logins()]).to.deep.equal([true, before]);
  });

  it('of one connection, sent to another', async () => {
    await world.configure(CONNECTIONS.replace('[Public]', '[Web]'));
    try {
      const other = await samlAnswer(world, client, { connection: 'elsewhere' });
      const before = logins();
      await send({ ...other, SAMLResponse: handed.SAMLResponse });
      expect(world.reason()).to.match(
        /its Destination is .*connection=larkfield, not .*connection=elsewhere/,
      );
      const third = await samlAnswer(world, client, { connection: 'elsewhere' });
      await send(third, { action: handed.action });
      expect(world.reason()).to.equal(
        'the answer of the log-in with elsewhere came to the address of larkfield',
      );
      expect(logins()).to.equal(before);
    } finally {
      await world.configure(CONNECTIONS);
    }
  });

  it('that nobody asked for (IdP-initiated)', async () => {
    const before = logins();
    const page = await send(handed, { RelayState: '' });
    expect(text(page)).to.include('IdP-Initiated login is not enabled for connection "larkfield"');
    expect(world.reason()).to.match(/^IdP-initiated: /);
    expect([page.status, logins()]).to.deep.equal([400, before]);
  });

  it('in another browser than the one in which the log-in was begun', async () => {
    const before = logins();
    const lured = new Browser();
    const page = await send(handed, {}, lured);
    lured.close();
    expect(world.reason()).to.match(/was begun in another browser/);
    expect([page.status, logins()]).to.deep.equal([400, before]);
    await send(handed);
    expect(logins(), 'the browser that began it').to.equal(before + 1);
  });

  describe('with its signature wrapped:', () => {
    const names = Object.keys(wrapped('', '', ''));
    for (const name of names)
      it(name, () => {
        const both = sign(xml(), providerKey(), 'Response');
        const forged = wrapped(xml(), both, VICTIM)[name] ?? '';
        expect(forged).to.include(VICTIM).and.include('<ds:SignatureValue>');
        return refused(
          { SAMLResponse: encoded(forged) },
          /has \d (Assertion|Response) elements \(a wrapped signature\)/,
        );
      });
  });

  it('with an external entity', () =>
    refused(
      {
        SAMLResponse: encoded(
          `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>${xml().replace('LF-1007', '&x;')}`,
        ),
      },
      /it has a DOCTYPE \(external entities, entity expansion\)/,
    ));
  it('with entities that grow', async () => {
    const lol = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
    const start = performance.now();
    await refused(
      {
        SAMLResponse: encoded(`<!DOCTYPE r [<!ENTITY l0 "lol">${lol}]>${xml().replace('LF-1007', '&l9;')}`),
      },
      /it has a DOCTYPE/,
    );
    expect(performance.now() - start, 'milliseconds').to.be.below(4000);
  });
  it('with a comment in the NameID, which a signature does not cover', () =>
    refused({ SAMLResponse: encoded(xml().replace('LF-1007', 'LF-10<!-- -->07')) }, /it has a comment/));
  it('with a CDATA section in the NameID', () =>
    refused(
      { SAMLResponse: encoded(xml().replace('LF-1007', '<![CDATA[LF-1007]]>')) },
      /it has a CDATA section/,
    ));

  it('that is no XML, or none of SAML’s', async () => {
    await refused({ SAMLResponse: encoded('nonsense') }, /it is not XML|it is no SAML Response/);
    handed = await samlAnswer(world, client);
    await refused({ SAMLResponse: encoded('<Response/>') }, /it is no SAML Response/);
  });
});
