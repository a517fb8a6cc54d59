import { expect } from 'chai';
import { removeApps } from '../support/app-in-process';
import { KINDS, type TwoConnections } from './kinds';
import { asPromises, sessionFor } from './layer';

/** Identifiers that a store of another make reads as something else: a name of each object, a quote, a pattern, a separator. */
const STRANGE = [
  '__proto__',
  'constructor',
  `'; DROP TABLE records; --`,
  '"%_*?[a]\\',
  'a:b\r\nDEL c',
  'Zoë 用户 🙂',
  ' ',
  'x'.repeat(10_000),
];

/** Characters of a value that is far larger than a user's tokens. */
const LARGE = 100_000;

/** Milliseconds that tokens, sessions and locks live in a test of their end. Redis counts a session's life in seconds. */
const LIFE = { tokens: 1000, session: 1000, lock: 100 };

for (const kind of KINDS)
  describe(`the ${kind.name} store of the app after step 07`, () => {
    let here: TwoConnections;
    before(async function () {
      if (kind.isMissing) this.skip();
      here = await kind.open({ absoluteSeconds: LIFE.tokens / 1000, idleSeconds: 60 });
    });
    after(async () => {
      await here?.close();
      removeApps();
    });
    const tokens = (one: 0 | 1) => here.stores[one].tokens;
    const locks = (one: 0 | 1) => here.stores[one].locks;
    const sessions = (one: 0 | 1) => asPromises(here.stores[one].sessions);

    describe('tokens:', () => {
      it('what one connection puts, replaces and deletes, the other one finds so', async () => {
        expect(await tokens(0).get('a')).to.equal(undefined);
        await tokens(0).put('a', { version: 1, jwe: 'first' });
        expect(await tokens(1).get('a')).to.deep.equal({ version: 1, jwe: 'first' });
        expect(await tokens(1).replace('a', 1, { version: 2, jwe: 'second' })).to.equal(true);
        expect(await tokens(0).get('a')).to.deep.equal({ version: 2, jwe: 'second' });
        await tokens(0).put('a', { version: 1, jwe: 'a new login' });
        expect(await tokens(1).get('a')).to.deep.equal({ version: 1, jwe: 'a new login' });
        await tokens(1).delete('a');
        expect(await tokens(0).get('a')).to.equal(undefined);
        await tokens(1).delete('a');
      });

      it('a replacement names the version that is stored, or changes nothing', async () => {
        await tokens(0).put('b', { version: 5, jwe: 'stored' });
        for (const version of [4, 6, 0, 50])
          expect(await tokens(1).replace('b', version, { version: version + 1, jwe: 'older' })).to.equal(
            false,
          );
        expect(await tokens(1).get('b')).to.deep.equal({ version: 5, jwe: 'stored' });
      });

      it('a replacement never makes tokens where there are none', async () => {
        expect(await tokens(0).replace('c', 1, { version: 2, jwe: 'revived' })).to.equal(false);
        await tokens(0).put('c', { version: 1, jwe: 'stored' });
        await tokens(1).delete('c');
        expect(await tokens(0).replace('c', 1, { version: 2, jwe: 'revived' })).to.equal(false);
        expect(await tokens(1).get('c')).to.equal(undefined);
      });

      it('of twenty replacements at once over both connections, exactly one succeeds, and is stored', async () => {
        await tokens(0).put('d', { version: 1, jwe: 'old' });
        const won = await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            tokens(i % 2 === 0 ? 0 : 1).replace('d', 1, { version: 2, jwe: `by ${i}` }),
          ),
        );
        expect(won.filter(Boolean)).to.have.lengthOf(1);
        expect(await tokens(1).get('d')).to.deep.equal({ version: 2, jwe: `by ${won.indexOf(true)}` });
      });

      // Memory has a bound on their number instead: it ends with its process.
      if (kind.name !== 'memory')
        it('they end with the longest life of a session, counted from the login and not from a refresh', async () => {
          await tokens(0).put('e', { version: 1, jwe: 'stored' });
          await here.pass(LIFE.tokens / 2);
          expect(await tokens(1).replace('e', 1, { version: 2, jwe: 'refreshed' })).to.equal(true);
          await here.pass(LIFE.tokens / 2);
          expect(await tokens(1).get('e')).to.equal(undefined);
          expect(await tokens(0).replace('e', 2, { version: 3, jwe: 'revived' })).to.equal(false);
        });

      it('any identifier is one of its own, and a large value comes back as it was', async () => {
        for (const [i, id] of STRANGE.entries()) await tokens(0).put(id, { version: i + 1, jwe: `of ${i}` });
        for (const [i, id] of STRANGE.entries())
          expect(await tokens(1).get(id), id.slice(0, 30)).to.deep.equal({ version: i + 1, jwe: `of ${i}` });
        for (const id of STRANGE) await tokens(1).delete(id);
        for (const id of STRANGE) expect(await tokens(0).get(id), id.slice(0, 30)).to.equal(undefined);
        const large = { version: 1, jwe: 'ü"\\🙂'.repeat(LARGE / 5) };
        await tokens(0).put('large', large);
        expect(await tokens(1).get('large')).to.deep.equal(large);
      });
    });

    describe('locks:', () => {
      it('one owner holds a lock, on whichever connection, until it releases it', async () => {
        expect(await locks(0).isHeld('a')).to.equal(false);
        expect(await locks(0).acquire('a', 'ann', 60_000)).to.equal(true);
        expect(await locks(1).isHeld('a')).to.equal(true);
        expect(await locks(1).acquire('a', 'bob', 60_000)).to.equal(false);
        expect(await locks(0).acquire('a', 'ann', 60_000), 'not again').to.equal(false);
        expect(await locks(1).acquire('b', 'bob', 60_000), 'another lock').to.equal(true);
        await locks(0).release('a', 'ann');
        expect(await locks(1).isHeld('a')).to.equal(false);
        expect(await locks(1).acquire('a', 'bob', 60_000)).to.equal(true);
      });

      it('an owner never releases a lock of another one', async () => {
        await locks(0).acquire('c', 'ann', 60_000);
        for (const other of ['bob', 'an', 'annie', '', '*', 'ANN']) await locks(1).release('c', other);
        expect(await locks(0).isHeld('c')).to.equal(true);
        await locks(1).release('no such lock', 'ann');
      });

      it('of twenty owners at once over both connections, exactly one takes a lock', async () => {
        const take = () =>
          Promise.all(
            Array.from({ length: 20 }, (_, i) =>
              locks(i % 2 === 0 ? 0 : 1).acquire('d', `owner ${i}`, 60_000),
            ),
          );
        const won = await take();
        expect(won.filter(Boolean)).to.have.lengthOf(1);
        await locks(0).release('d', `owner ${won.indexOf(true)}`);
        expect((await take()).filter(Boolean)).to.have.lengthOf(1);
      });

      it('a lock ends by itself, can be taken then, and its first owner no longer releases it', async () => {
        await locks(0).acquire('e', 'ann', LIFE.lock);
        await here.pass(LIFE.lock);
        expect(await locks(1).isHeld('e')).to.equal(false);
        expect(await locks(1).acquire('e', 'bob', 60_000)).to.equal(true);
        await locks(0).release('e', 'ann');
        expect(await locks(0).isHeld('e')).to.equal(true);
      });

      it('any name and any owner are ones of their own', async () => {
        for (const id of STRANGE)
          expect(await locks(0).acquire(id, id, 60_000), id.slice(0, 30)).to.equal(true);
        for (const id of STRANGE) {
          expect(await locks(1).acquire(id, 'bob', 60_000), id.slice(0, 30)).to.equal(false);
          await locks(1).release(id, id);
          expect(await locks(0).isHeld(id), id.slice(0, 30)).to.equal(false);
        }
      });
    });

    describe('sessions:', () => {
      it('what one connection sets and destroys, the other one finds so', async () => {
        expect(await sessions(0).get('a')).to.not.be.ok;
        await sessions(0).set('a', sessionFor(60_000, { user: { sub: 'user|1', name: 'Zoë' } }));
        expect((await sessions(1).get('a'))?.user).to.deep.equal({ sub: 'user|1', name: 'Zoë' });
        await sessions(1).set('a', sessionFor(60_000, { user: { sub: 'user|2' } }));
        expect((await sessions(0).get('a'))?.user).to.deep.equal({ sub: 'user|2' });
        await sessions(1).destroy('a');
        expect(await sessions(0).get('a')).to.not.be.ok;
        await sessions(1).destroy('a');
      });

      it('a session ends at the end of its cookie', async () => {
        await sessions(0).set('b', sessionFor(LIFE.session));
        expect(await sessions(1).get('b')).to.be.ok;
        await here.pass(LIFE.session);
        expect(await sessions(1).get('b')).to.not.be.ok;
      });

      it('a touch makes it live longer, and changes nothing else', async () => {
        await sessions(0).set('c', sessionFor(LIFE.session, { user: { sub: 'stored' } }));
        await sessions(1).touch('c', sessionFor(60_000, { user: { sub: 'of a request' } }));
        await here.pass(LIFE.session);
        expect((await sessions(0).get('c'))?.user).to.deep.equal({ sub: 'stored' });
      });

      it('a touch never revives a session that is gone: destroyed, ended or never there', async () => {
        await sessions(0).set('d', sessionFor(60_000));
        await sessions(1).destroy('d');
        await sessions(0).set('e', sessionFor(LIFE.session));
        await here.pass(LIFE.session);
        for (const id of ['d', 'e', 'f']) {
          await sessions(0).touch(id, sessionFor(60_000));
          expect(await sessions(1).get(id), id).to.not.be.ok;
        }
      });

      it('any identifier is one of its own, and a large session comes back as it was', async () => {
        for (const [i, id] of STRANGE.entries())
          await sessions(0).set(id, sessionFor(60_000, { user: { sub: String(i) } }));
        for (const [i, id] of STRANGE.entries())
          expect((await sessions(1).get(id))?.user, id.slice(0, 30)).to.deep.equal({ sub: String(i) });
        for (const id of STRANGE) await sessions(1).destroy(id);
        for (const id of STRANGE) expect(await sessions(0).get(id), id.slice(0, 30)).to.not.be.ok;
        const user = { sub: 'ü"\\🙂'.repeat(LARGE / 5) };
        await sessions(0).set('large', sessionFor(60_000, { user }));
        expect((await sessions(1).get('large'))?.user).to.deep.equal(user);
      });
    });

    it('tokens, locks and sessions of one name do not disturb each other', async () => {
      await tokens(0).put('one', { version: 1, jwe: 'tokens' });
      await locks(0).acquire('one', 'ann', 60_000);
      await sessions(0).set('one', sessionFor(60_000, { user: { sub: 'session' } }));
      await locks(1).release('one', 'ann');
      expect(await tokens(1).get('one')).to.deep.equal({ version: 1, jwe: 'tokens' });
      expect((await sessions(1).get('one'))?.user).to.deep.equal({ sub: 'session' });
      await sessions(1).destroy('one');
      expect(await tokens(0).get('one')).to.be.ok;
    });
  });
