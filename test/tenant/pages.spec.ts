import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { type HTMLElement, parse } from 'node-html-parser';
import { overviewPage, overviewText } from '../../shared/tenant/overview';
import { securityHeaders, stylesheet } from '../../shared/tenant/pages';
import { HOSTILE, sampleOverview, samplePages } from './sample-pages';

const PLAIN = { color: false, width: 100 };

describe('the tenant’s pages', () => {
  const pages = Object.entries(samplePages()).map(([name, html]) => ({ name, html, dom: parse(html) }));
  const page = (name: string) => pages.find((one) => one.name === name)?.dom ?? expect.fail(name);

  describe('every page', () => {
    for (const { name, html, dom } of pages) {
      it(`${name}: has a language, a title, one main heading, one style sheet and no script`, () => {
        expect(html).to.match(/^<!DOCTYPE html><html lang="en">/i);
        expect(dom.querySelector('title')?.text.trim()).to.match(/\S/);
        expect(dom.querySelectorAll('h1')).to.have.length(1);
        expect(dom.querySelectorAll('main')).to.have.length(1);
        const sheets = dom.querySelectorAll('link, style').map((one) => one.getAttribute('href'));
        expect(sheets).to.deep.equal(['/assets/tenant.css']);
        expect(dom.querySelectorAll('script, [style], iframe, base')).to.deep.equal([]);
        expect(html).not.to.match(/\son[a-z]+=|javascript:/i);
      });

      it(`${name}: repeats the origin of the address bar`, () => {
        expect(dom.querySelector('main')?.text).to.include('http://localhost:4001');
      });

      it(`${name}: every field has a label, every button a text`, () => {
        for (const input of dom.querySelectorAll('input:not([type=hidden])'))
          expect(dom.querySelector(`label[for="${input.id}"]`)?.text, input.outerHTML).to.match(/\S/);
        for (const button of dom.querySelectorAll('button')) expect(button.text.trim()).to.match(/\S/);
      });
    }

    it('shows a text as a text, in whatever field it comes', () => {
      const plain = samplePages();
      for (const [name, html] of Object.entries(samplePages((text) => text + HOSTILE))) {
        expect(tags(parse(html)), name).to.deep.equal(tags(parse(plain[name] ?? '')));
      }
    });

    it('finds a text that was not escaped', () => {
      const plain = samplePages().login ?? '';
      const spoilt = plain.replace('Call Your API', `Call Your API${HOSTILE}`);
      expect(tags(parse(spoilt))).not.to.deep.equal(tags(parse(plain)));
    });
  });

  describe('login', () => {
    it('asks for an e-mail address and a password in one form, which can be sent or cancelled', () => {
      const form = page('login').querySelector('form') as HTMLElement;
      expect([form.getAttribute('method'), form.getAttribute('action')]).to.deep.equal([
        'post',
        '/u/login/1',
      ]);
      const email = form.querySelector('[name=email]')?.attributes ?? {};
      const password = form.querySelector('[name=password]')?.attributes ?? {};
      expect(email).to.include({ type: 'text', inputmode: 'email', autocomplete: 'username' });
      expect(password).to.include({ type: 'password', autocomplete: 'current-password' });
      expect(password).not.to.have.property('value');
      expect(buttons(form)).to.deep.equal([undefined, 'decision=cancel']);
      expect(form.querySelector('[value=cancel]')?.hasAttribute('formnovalidate')).to.equal(true);
    });

    it('sends with its first button, so that Enter does not cancel', () => {
      expect(page('login').querySelector('button')?.text.trim()).to.equal('Log in');
    });

    it('is entered where something is to be typed: the password, once the e-mail address is known', () => {
      const entered = (name: string) =>
        page(name)
          .querySelectorAll('[autofocus]')
          .map((one) => one.id);
      expect(entered('login')).to.deep.equal(['email']);
      expect(entered('login, wrong password')).to.deep.equal(['password']);
    });

    it('does not say which part was wrong, and ties what it says to both fields', () => {
      const dom = page('login, wrong password');
      const alert = dom.querySelector('[role=alert]') as HTMLElement;
      expect(alert.text).to.equal('The e-mail address or the password is wrong.');
      expect(dom.querySelector('title')?.text).to.match(/^Error: /);
      for (const input of dom.querySelectorAll('input')) {
        expect(input.getAttribute('aria-describedby')).to.equal(alert.id);
        expect(input.getAttribute('aria-invalid')).to.equal('true');
      }
      expect(dom.querySelector('#email')?.getAttribute('value')).to.equal('ann@example.com');
    });

    it('has no alert before anything went wrong', () => {
      expect(
        page('login').querySelectorAll('[role=alert], [aria-invalid], [aria-describedby]'),
      ).to.deep.equal([]);
    });
  });

  describe('consent', () => {
    it('names who asks whom for what, in words and in the names of the scopes', () => {
      const text = page('consent').querySelector('main')?.text ?? '';
      for (const part of [
        'Call Your API',
        'Appointments API',
        'Ann Archer',
        'ann@example.com',
        'Know who you are',
        'See your e-mail address',
        'while you are away',
        'offline_access',
        'Read your appointments',
        'read:appointments',
        'delete:appointments',
      ])
        expect(text).to.include(part);
    });

    it('puts the names of the scopes into words unless the tenant says to use their descriptions', () => {
      const main = page('consent in the words of the scopes').querySelector('main');
      const text = main?.text.replace(/\s+/g, ' ') ?? '';
      expect(text).to.include('Appointments: read and delete your appointments');
      expect(text).not.to.include('Read your appointments');
      expect(main?.querySelectorAll('.scopes li').map((line) => line.text.trim())).to.include('all');
    });

    it('is a form with two answers', () => {
      const form = page('consent').querySelector('form') as HTMLElement;
      expect(form.getAttribute('method')).to.equal('post');
      expect(buttons(form)).to.deep.equal(['decision=accept', 'decision=decline']);
    });
  });

  describe('errors', () => {
    it('say what was sent, what was expected and what to do next', () => {
      const text = page('error').querySelector('main')?.text ?? '';
      for (const part of [
        'http://127.0.0.1:3000/callback',
        'Allowed callback URLs',
        'http://localhost:3000/callback',
        'Add the URL',
        'invalid_redirect_uri',
      ])
        expect(text).to.include(part);
      expect(page('error').querySelector('title')?.text).to.match(/^Error: /);
    });

    it('leave out what they do not know', () => {
      expect(page('error without facts').querySelectorAll('dl, code, ul')).to.deep.equal([]);
    });
  });

  describe('logout', () => {
    it('carries the token, and only the one button that means yes has a name', () => {
      const form = page('logout').querySelector('form') as HTMLElement;
      expect(form.querySelector('[name=xsrf]')?.getAttribute('value')).to.equal('1f3a');
      expect(buttons(form)).to.deep.equal(['logout=yes', undefined]);
    });
  });

  describe('the overview', () => {
    it('says what each application may ask for', () => {
      const [first, second] = page('overview').querySelectorAll('article');
      for (const part of ['CallYourApi', 'read:appointments', 'http://localhost:3000/callback', '21'])
        expect(first?.text).to.include(part);
      expect(first?.text).to.include('offline_access');
      expect(second?.text).to.match(/no refresh token/i);
    });

    it('names the place of each mistake of a save that was refused', () => {
      const alert = page('overview, refused save').querySelector('[role=alert]')?.text ?? '';
      for (const part of ['my-app/tenant.yaml', '17', 'clients[0].callbacks', 'must be a list of URLs'])
        expect(alert).to.include(part);
    });

    it('says what to write where nothing is registered', () => {
      const text = page('overview, nothing registered').querySelector('main')?.text ?? '';
      expect(text).to.include('resourceServers').and.include('clients');
    });

    it('says which of the two switches keeps an application from refresh tokens', () => {
      const page = sampleOverview();
      const [api] = page.apis;
      for (const text of [overviewText(page, PLAIN), overviewPage(page)])
        expect(text.replace(/<[^>]+>/g, '')).to.include('the application’s grant_types lack refresh_token');
      if (api) api.allow_offline_access = false;
      expect(overviewText(page, PLAIN)).to.include('the API has no allow_offline_access: true, and');
    });
  });

  describe('the overview in the terminal', () => {
    it('says the same', () => {
      const text = overviewText(sampleOverview(), PLAIN);
      for (const part of [
        'CallYourApi',
        'read:appointments',
        'http://localhost:3000/callback',
        'offline_access: gets a refresh token',
        'no refresh token',
      ])
        expect(text).to.include(part);
    });

    it('ends with the next command', () => {
      const last = (text: string) => text.trimEnd().split('\n').at(-1);
      const next = (change: Partial<ReturnType<typeof sampleOverview>>) =>
        last(overviewText({ ...sampleOverview(), ...change }, PLAIN));
      expect(next({})).to.equal('Next: npm run -s tenant, if it does not run yet');
      expect(next({ apis: [] })).to.match(/describe an API .*--show$/);
      expect(next({ applications: [] })).to.match(/register an application .*--show$/);
      const unused = sampleOverview().applications.map((one) => ({ ...one, databases: [] }));
      expect(next({ applications: unused })).to.match(/enabled_clients .*--show$/);
    });

    it('keeps within the width, and within 100 columns, in a long description too', () => {
      const page = sampleOverview((text) =>
        text.replace('Read your', 'Read all of the many long words of your '.repeat(6)),
      );
      const longest = (width: number) =>
        Math.max(
          ...overviewText(page, { color: false, width })
            .split('\n')
            .map((line) => line.length),
        );
      expect(longest(60)).to.be.at.most(60);
      expect(longest(300)).to.be.within(61, 100);
    });

    it('has colour only where it was asked for, and says nothing by it alone', () => {
      const plain = overviewText(sampleOverview(), PLAIN);
      const colored = overviewText(sampleOverview(), { ...PLAIN, color: true });
      expect(plain).not.to.include('\x1b');
      expect(colored).to.include('\x1b[');
      expect(stripVTControlCharacters(colored).replace(/ +$/gm, '')).to.equal(plain);
    });

    it('hands no control character of a name to the terminal', () => {
      const text = overviewText(
        sampleOverview((one) => `${one}\x1b[2J\r\u009b`),
        PLAIN,
      );
      expect(text).not.to.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    });
  });

  describe('headers', () => {
    const policy = (targets: string[]) =>
      new Map(
        (securityHeaders(targets)['Content-Security-Policy'] ?? '').split('; ').map((directive) => {
          const [name = '', ...values] = directive.split(' ');
          return [name, values.join(' ')];
        }),
      );

    it('allow no script, no frame around the page and nothing from elsewhere', () => {
      const csp = policy([]);
      expect(csp.get('default-src')).to.equal("'none'");
      expect(csp.get('frame-ancestors')).to.equal("'none'");
      expect(csp.get('base-uri')).to.equal("'none'");
      expect(csp.get('form-action')).to.equal("'self'");
      expect(csp.has('script-src')).to.equal(false);
      expect(securityHeaders([])).to.include({
        'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
      });
    });

    it('let a form’s answer lead to the application, by origin, or by scheme where there is none', () => {
      const targets = [
        'http://localhost:3000/callback?a=b',
        'com.example.app:/callback',
        'no URL; script-src *',
      ];
      expect(policy(targets).get('form-action')).to.equal("'self' http://localhost:3000 com.example.app:");
      expect(policy(targets).has('script-src')).to.equal(false);
    });
  });

  it('the style sheet knows light and dark and loads nothing', () => {
    expect(stylesheet).to.include('light-dark(#');
    expect(stylesheet).not.to.match(/url\(|@import/);
  });
});

/** A page's elements with the names of their attributes: what a text must never change. */
function tags(dom: HTMLElement): string[] {
  return dom
    .querySelectorAll('*')
    .map((one) => `${one.rawTagName} ${Object.keys(one.attributes).sort().join(' ')}`);
}

const buttons = (form: HTMLElement) =>
  form
    .querySelectorAll('button')
    .map((one) => (one.hasAttribute('name') ? `${one.attributes.name}=${one.attributes.value}` : undefined));
