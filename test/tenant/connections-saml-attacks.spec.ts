import { expect } from 'chai';
import { Browser, text } from '../../shared/browser';
import { certify } from '../../shared/lib/certificate';
import { Client } from '../support/client';
import { CONNECTIONS, type Handed, samlAnswer, send, startWorld, type World } from '../support/providers';
import {
  decoded,
  encoded,
  providerKey,
  SIGNS,
  sign,
  signedAs,
  unsigned,
  wrapped,
} from '../support/saml-forgery';

/** Another of the staff, as whom the attacker wants to be logged in. */
const VICTIM = 'LF-1021';

for (const signs of SIGNS)
  describe(`a forged SAML answer of a provider that signs ${signs} logs nobody in:`, () => {
    let world: World;
    let client: Client;
    let handed: Handed;
    before(async () => {
      world = await startWorld();
    });
    after(() => world?.close());
    beforeEach(async () => {
      client = new Client(world.tenant);
      handed = await answer();
    });
    afterEach(() => client.close());

    /** What the provider hands over, signed as it is its habit. */
    const answer = async () => {
      const one = await samlAnswer(world, client);
      const xml = signedAs(signs, unsigned(decoded(one.SAMLResponse)), providerKey());
      return signs === 'the assertion' ? one : { ...one, SAMLResponse: encoded(xml) };
    };
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
      expect(logins(), 'logins').to.equal(before);
      expect(world.tenant.users.findById(`samlp|larkfield|${VICTIM}`), 'the victim').to.equal(undefined);
      const answer = new URL(page.headers.location ?? 'http://none.example').searchParams;
      expect([answer.get('error'), answer.get('error_description')]).to.deep.equal([
        'access_denied',
        description,
      ]);
      expect((await client.callbackSilently()).searchParams.get('error')).to.equal('login_required');
    };
    const xml = () => decoded(handed.SAMLResponse);
    /** The provider's answer with something else in it, rightly signed. */
    const resigned = (edit: (unsignedXml: string) => string) => ({
      SAMLResponse: encoded(signedAs(signs, edit(unsigned(xml())), providerKey())),
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
      const forged = signedAs(signs, unsigned(xml()).replace('LF-1007', VICTIM), stranger);
      await refused({ SAMLResponse: encoded(forged) }, /another key made it/);
    });

    if (signs !== 'the assertion') {
      it('signed as a whole by another key, around an assertion that is signed rightly', async () => {
        const inner = sign(unsigned(xml()), providerKey());
        const forged = sign(inner, await certify('Larkfield Clinic'), 'Response');
        await refused({ SAMLResponse: encoded(forged) }, /its own signature is not right: another key/);
      });

      it('signed as a whole, around an assertion that another key signed', async () => {
        const inner = sign(unsigned(xml()), await certify('Larkfield Clinic'));
        const forged = sign(inner, providerKey(), 'Response');
        await refused(
          { SAMLResponse: encoded(forged) },
          /its assertion’s signature is not right: another key/,
        );
      });

      it('for no destination', () =>
        refused(replaced(/ Destination="[^"]*"/g, ''), /it is signed and has no Destination/));

      it('changed outside of the assertion', () =>
        refused(
          { SAMLResponse: encoded(xml().replace('<saml:Issuer>', '<saml:Issuer>x')) },
          /signature is not right/,
        ));
    }

    it('signed twice', () => {
      const element = signs === 'the assertion' ? 'Assertion' : 'Response';
      return refused(
        { SAMLResponse: encoded(sign(xml(), providerKey(), element)) },
        /its (Response|Assertion) has more than one signature/,
      );
    });

    it('signed where nobody looks', () => {
      const [signature = ''] = /<ds:Signature[\s\S]*?<\/ds:Signature>/.exec(xml()) ?? [];
      const elsewhere = unsigned(xml()).replace('</samlp:Status>', `${signature}</samlp:Status>`);
      return refused({ SAMLResponse: encoded(elsewhere) }, /a signature that is neither of the Response nor/);
    });

    it('signed with SHA-1, unless the connection asks for it', async () => {
      const old = () => ({
        SAMLResponse: encoded(
          signedAs(signs, unsigned(xml()), providerKey(), 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'),
        ),
      });
      await refused(old(), /its signature uses SHA-1, which can be forged/);
      await world.configure(
        CONNECTIONS.replace(
          'strategy: samlp,',
          'strategy: samlp, options: { signatureAlgorithm: rsa-sha1 },',
        ),
      );
      try {
        handed = await answer();
        const before = logins();
        await send(handed, old());
        expect([world.reason(), logins()][1], world.reason()).to.equal(before + 1);
      } finally {
        await world.configure(CONNECTIONS);
      }
    });

    describe('whose provider says no, though there is an assertion:', () => {
      const SUCCESS = /<samlp:Status>.*<\/samlp:Status>/gs;
      const code = (value: string, inside = '') =>
        `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${value}">${inside}</samlp:StatusCode>`;
      const message = (text: string) => `<samlp:StatusMessage>${text}</samlp:StatusMessage>`;
      const cases: Record<string, [status: string, message: string]> = {
        'with a message': [
          code('Responder') + message('Out &lt;of&gt; order'),
          'returned Responder error: Out <of> order',
        ],
        'with a code inside of the code': [
          code('Requester', code('RequestDenied', code('AuthnFailed'))),
          'returned Requester error: RequestDenied',
        ],
        'with success inside of it': [
          code('Responder', code('Success')),
          'returned Responder error: Success',
        ],
        'with control characters': [
          code('Responder') + message('a&#10;04:00:00 login ok&#9;b'),
          'returned Responder error: a 04:00:00 login ok b',
        ],
        'with a code that nobody knows': [
          '<samlp:StatusCode Value="urn:x"/>',
          'returned urn:x error: unspecified',
        ],
      };
      for (const [name, [status, message]] of Object.entries(cases))
        it(name, () =>
          refused(
            replaced(SUCCESS, `<samlp:Status>${status}</samlp:Status>`),
            new RegExp(`^Larkfield Clinic ${message}$`),
            `Larkfield Clinic ${message}`,
          ),
        );

      it('or nothing, or two things', async () => {
        await refused(replaced(SUCCESS, ''), /it has 0 Status elements/);
        handed = await answer();
        await refused(replaced(SUCCESS, '<samlp:Status/>'), /it has 1 Status elements with 0 StatusCode/);
        handed = await answer();
        const both = `<samlp:Status>${code('Success')}${code('Responder')}</samlp:Status>`;
        await refused(replaced(SUCCESS, both), /1 Status elements with 2 StatusCode/);
      });
    });

    it('encrypted, and says so', async () => {
      const hidden = (element: string) =>
        `<saml:${element}><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"/></saml:${element}>`;
      await refused(
        {
          SAMLResponse: encoded(
            unsigned(xml()).replace(/<saml:Assertion.*<\/saml:Assertion>/s, hidden('EncryptedAssertion')),
          ),
        },
        /its assertion is encrypted, which the local tenant does not support/,
        'The assertion of Larkfield Clinic is encrypted, which is not supported here.',
      );
      handed = await answer();
      await refused(
        replaced(/<saml:NameID.*?<\/saml:NameID>/gs, hidden('EncryptedID')),
        /its NameID is encrypted/,
        'The NameID of Larkfield Clinic is encrypted, which is not supported here.',
      );
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
        /answers the request _nobody, which this login did not send/,
      ));
    it('to no request', () => refused(replaced(/ InResponseTo="[^"]*"/g, ''), /InResponseTo is missing/));
    it('to this request outside, and to another one where it is signed', () =>
      refused(
        resigned((one) => one.replace(/(<saml:SubjectConfirmationData[^>]*) InResponseTo="[^"]*"/, '$1')),
        /its assertion answers the request \(none\), which this login did not send/,
      ));

    it('of another identity provider that has the same key', () =>
      refused(
        replaced(/<saml:Issuer>[^<]*/g, '<saml:Issuer>https://idp.example'),
        /its Issuer is https:\/\/idp\.example, not http:\/\/localhost:\d+\/metadata/,
      ));

    it('sent a second time, to this login and to the next', async () => {
      await send(handed);
      expect(world.last('login ok')?.user_id).to.equal('samlp|larkfield|LF-1007');
      const before = logins();
      const again = await send(handed);
      expect([again.status, logins()]).to.deep.equal([400, before]);
      expect(world.reason()).to.match(
        /no login waits for this state: it is unknown, too old, or was answered before/,
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
          'the answer of the login with elsewhere came to the address of larkfield',
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

    it('in another browser than the one in which the login was begun', async () => {
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
          const both = signs === 'the assertion' ? sign(xml(), providerKey(), 'Response') : xml();
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
      const lol = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join(
        '',
      );
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
      handed = await answer();
      await refused({ SAMLResponse: encoded('<Response/>') }, /it is no SAML Response/);
    });
  });
