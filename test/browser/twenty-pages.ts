import { type Answer, elsewhere, html, page, redirect, type Trial } from './trial';

const EVERY_SAME_SITE = [
  'strict=1; SameSite=Strict',
  'lax=1; SameSite=Lax',
  'none=1; SameSite=None',
  'none-secure=1; SameSite=None; Secure',
  'unknown=1; SameSite=Sometimes',
  'unsaid=1',
];

const FIELDS = `
  <input name="text" value="a b&amp;c=d+é€😀">
  <input name="empty"><input value="no name"><input name="" value="empty name">
  <input name="disabled" value="1" disabled>
  <input type="hidden" name="hidden" value="line one&#10;line two">
  <input type="hidden" name="_charset_" value="latin1">
  <input name="again" value="1"><input name="again" value="2">
  <input type="checkbox" name="unchecked"><input type="checkbox" name="checked" checked>
  <input type="checkbox" name="valued" value="v" checked>
  <input type="radio" name="radio" value="1"><input type="radio" name="radio" value="2" checked>
  <input type="file" name="file"><input type="reset" name="reset" value="r">
  <input type="button" name="button" value="b">
  <input name="quo&quot;ted
name" value="x">
  <fieldset disabled><legend><input name="in-legend" value="1"></legend><input name="in-fieldset" value="1"></fieldset>
  <datalist><input name="in-datalist" value="1"></datalist>
  <textarea name="area">
first
second</textarea>
  <textarea name="blank"></textarea>
  <select name="first"><option disabled>no</option><option>one </option><option value="2">two</option></select>
  <select name="chosen"><option>a</option><option selected value="B">b</option></select>
  <select name="last-chosen"><option selected>a</option><option selected>b</option></select>
  <select name="many" multiple><option selected>a</option><option>b</option><option selected>c</option></select>
  <select name="sized" size="3"><option>a</option></select>
  <select name="grouped"><optgroup disabled><option>x</option></optgroup><optgroup><option>y</option></optgroup></select>`;

const BUTTONS = `
  <button id="plain" type="button" name="plain" value="1">plain</button>
  <button id="first" name="press" value="first">first</button>
  <button id="second" name="press" value="second">second</button>`;

const cookies =
  (...lines: string[]): Answer =>
  (req, res) => {
    res.setHeader('set-cookie', lines);
    html('<a id="go" href="/next">next</a>')(req, res);
  };

const http10 = (ms: number) => new Date(Date.now() + ms).toUTCString();

const form = (attributes: string, inside = FIELDS + BUTTONS): Answer =>
  html(`<form ${attributes}>${inside}</form>`);

const REDIRECTS = [301, 302, 303, 307, 308];
const FORM_PER_REDIRECT = html(
  REDIRECTS.map(
    (status) =>
      `<form method="post" action="/${status}"><input name="a" value="1"><button id="b${status}">go</button></form>`,
  ).join(''),
);
const POLICIES = [
  'no-referrer',
  'no-referrer-when-downgrade',
  'origin',
  'origin-when-cross-origin',
  'same-origin',
  'strict-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
  'unknown, origin',
  'origin, unknown',
  '',
];

/** Opens a page and clicks on it. */
const clicking =
  (...ids: string[]): Trial['drive'] =>
  async (driver, { app }) => {
    for (const id of ids) {
      await driver.open(`${app}/`);
      await driver.click(id);
    }
  };

export const TRIALS: readonly Trial[] = [
  {
    title: 'Secure, __Secure- and __Host- on localhost',
    answers: {
      '/': cookies(
        'plain=1',
        'secure=1; Secure',
        '__Secure-right=1; Secure',
        '__Secure-wrong=1',
        '__Host-right=1; Secure; Path=/',
        '__Host-path=1; Secure; Path=/next',
        '__Host-no-path=1; Secure',
        '__Host-domain=1; Secure; Path=/; Domain=app.localhost',
        '__Host-open=1; Path=/',
        '__host-other-case=1',
        '__SECURE-other-case=1',
      ),
    },
    drive: clicking('go'),
  },
  {
    title: 'Domain',
    answers: {
      '/': cookies(
        'host-only=1',
        'own=1; Domain=app.localhost',
        'dot=1; Domain=.app.localhost',
        'case=1; Domain=APP.LocalHost',
        'parent=1; Domain=localhost',
        'foreign=1; Domain=tenant.localhost',
        'child=1; Domain=www.app.localhost',
        'empty=1; Domain=',
        'two=1; Domain=tenant.localhost; Domain=app.localhost',
      ),
      '/bare': cookies(
        'bare=1',
        'named=1; Domain=localhost',
        'dotted=1; Domain=.localhost',
        'secure=1; Secure',
      ),
      '/address': cookies('own=1; Domain=127.0.0.1', 'dotted=1; Domain=.127.0.0.1', 'part=1; Domain=0.0.1'),
    },
    async drive(driver, { app, sub, tenant }) {
      for (const origin of [app, app, sub, tenant]) await driver.open(`${origin}/`);
      const { port } = new URL(app);
      for (const url of [`http://localhost:${port}/bare`, `http://127.0.0.1:${port}/address`])
        for (let i = 0; i < 2; i++) await driver.open(url);
    },
  },
  {
    title: '4096 bytes, and long attributes',
    answers: {
      '/': cookies(
        `fits=${'x'.repeat(4092)}`,
        `long=${'x'.repeat(4093)}`,
        `two-bytes=${'é'.repeat(2048)}`,
        `path=1; Path=/${'x'.repeat(1024)}`,
        `path-fits=1; Path=/next/${'x'.repeat(1000)}`,
        `${'n'.repeat(4096)}=`,
      ),
    },
    drive: clicking('go'),
  },
  {
    title: 'names, values and what replaces what',
    answers: {
      '/': cookies(
        'no-equals',
        '=no-name',
        'no-value=',
        ' spaces = a b ',
        'quoted="a b"',
        'equals=a=b',
        'comma=a,b',
        'tab=a\tb',
        'replaced=1; HttpOnly',
        'replaced=2',
        'longer=1; Path=/next',
        'longer=2; Path=/',
        'other=1; Path=/elsewhere',
        'relative=1; Path=next',
        'last-path=1; Path=/elsewhere; Path=/',
        'case=1; pATh=/; hTTpOnly',
        '',
      ),
      '/deep/er/page': cookies('by-default=1'),
      '/deep/er': html(''),
      '/deep/er/two': html(''),
      '/deeper': html(''),
    },
    async drive(driver, { app }) {
      await driver.open(`${app}/`);
      await driver.click('go');
      await driver.open(`${app}/deep/er/page`);
      for (const path of ['/deep/er', '/deep/er/two', '/deeper', '/next/more', '/nextmore'])
        await driver.open(app + path);
    },
  },
  {
    title: 'Expires and Max-Age',
    answers: {
      '/': (req, res) =>
        cookies(
          'session=1',
          'max-age=1; Max-Age=100',
          'zero=1; Max-Age=0',
          'negative=1; Max-Age=-1',
          'no-number=1; Max-Age=soon',
          'fraction=1; Max-Age=0.5',
          'gone-before=1',
          'gone-before=2; Max-Age=0',
          `past=1; Expires=${http10(-3_600_000)}`,
          `future=1; Expires=${http10(3_600_000)}`,
          `max-age-wins=1; Max-Age=100; Expires=${http10(-3_600_000)}`,
          `max-age-wins-too=1; Expires=${http10(3_600_000)}; Max-Age=0`,
          'dashes=1; Expires=Wed, 09-Jun-2100 10:18:14 GMT',
          'asctime=1; Expires=Wed Jun  9 10:18:14 2100',
          'two-digits=1; Expires=Wed, 09-Jun-60 10:18:14 GMT',
          'iso=1; Expires=2000-01-01T00:00:00Z',
          'no-date=1; Expires=never',
        )(req, res),
      '/skewed': (req, res) => {
        res.setHeader('date', http10(-7_200_000));
        cookies(
          `by-its-date-future=1; Expires=${http10(-3_600_000)}`,
          `by-its-date-past=1; Expires=${http10(-10_800_000)}`,
        )(req, res);
      },
    },
    async drive(driver, { app }) {
      await driver.open(`${app}/`);
      await driver.click('go');
      await driver.open(`${app}/skewed`);
      await driver.click('go');
    },
  },
  {
    title: 'SameSite: a link from another site, and one from a subdomain',
    answers: {
      '/': cookies(...EVERY_SAME_SITE),
      '/from': page(({ app }) => `<a id="go" href="${app}/next">next</a>`),
    },
    async drive(driver, { app, tenant, sub }) {
      await driver.open(`${app}/`);
      await driver.click('go');
      for (const origin of [tenant, sub, app]) {
        await driver.open(`${origin}/from`);
        await driver.click('go');
      }
      await driver.open(`${app}/next`);
    },
  },
  {
    title: 'SameSite: a form posted by another site',
    answers: {
      '/': cookies(...EVERY_SAME_SITE),
      '/from': page(
        ({ app }) =>
          `<form method="post" action="${app}/next"><button id="go" name="a" value="1">go</button></form>`,
      ),
    },
    async drive(driver, { app, tenant, sub }) {
      await driver.open(`${app}/`);
      for (const origin of [tenant, sub, app]) {
        await driver.open(`${origin}/from`);
        await driver.click('go');
      }
    },
  },
  {
    title: 'SameSite: a login that passes another site at once',
    answers: {
      '/': page(() => '<a id="go" href="/login">log in</a>'),
      '/login': (req, res) => {
        res.setHeader('set-cookie', EVERY_SAME_SITE);
        redirect(elsewhere('tenant', '/authorize'))(req, res);
      },
      '/authorize': redirect(elsewhere('app', '/callback')),
      '/callback': (req, res) => {
        res.setHeader('set-cookie', ['back=1; SameSite=Strict', 'back-lax=1; SameSite=Lax']);
        redirect('/profile', 303)(req, res);
      },
    },
    async drive(driver, { app }) {
      await driver.open(`${app}/login`);
      await driver.open(`${app}/`);
      await driver.click('go');
    },
  },
  {
    title: 'SameSite: a login with a form at another site',
    answers: {
      '/login': (req, res) => {
        res.setHeader('set-cookie', EVERY_SAME_SITE);
        redirect(elsewhere('tenant', '/authorize'), 303)(req, res);
      },
      '/authorize': page(
        () =>
          '<form method="post" action="/password"><input id="user" name="user"><button>go</button></form>',
      ),
      '/password': redirect(elsewhere('app', '/callback')),
      '/callback': redirect('/profile', 303),
    },
    async drive(driver, { app }) {
      await driver.open(`${app}/login`);
      await driver.fill('user', 'ann@example.com');
      await driver.enter('user');
    },
  },
  {
    title: 'a form as application/x-www-form-urlencoded',
    answers: { '/': form('method="post" action="/sent"') },
    drive: clicking('first', 'second'),
  },
  {
    title: 'a form as multipart/form-data',
    answers: { '/': form('method="post" action="/sent" enctype="multipart/form-data"') },
    drive: clicking('second'),
  },
  {
    title: 'a form as text/plain',
    answers: { '/': form('method="post" action="/sent" enctype="text/plain"') },
    drive: clicking('second'),
  },
  {
    title: 'a form as a query',
    answers: {
      '/': form('action="/sent?old=1#part"'),
      '/sent': form(
        'enctype="multipart/form-data"',
        '<input name="a" value="1"><button id="again">again</button>',
      ),
    },
    async drive(driver, { app }) {
      await driver.open(`${app}/`);
      await driver.click('first');
      await driver.click('again');
    },
  },
  {
    title: 'buttons with an address, a method and an encoding of their own',
    answers: {
      '/': html(`
        <form id="form" action="/sent" method="post"><input name="a" value="1">
          <button id="action" formaction="/other?x=1">a</button>
          <button id="method" formmethod="get" name="m">m</button>
          <button id="enctype" formenctype="text/plain">e</button>
          <button id="unknown" formmethod="put" formenctype="application/json">u</button>
          <input id="input" type="submit" name="input" value="pressed">
          <input id="unnamed" type="submit">
          <button id="disabled-one" name="off" value="1" disabled>d</button>
        </form>
        <input form="form" name="outside" value="2"><input form="nobody" name="lost" value="3">
        <button form="form" id="outside" name="press" value="outside">o</button>`),
    },
    drive: clicking('action', 'method', 'enctype', 'unknown', 'input', 'unnamed', 'outside'),
  },
  {
    title: 'Enter presses the first button',
    answers: {
      '/': form(
        'method="post" action="/sent"',
        `<input id="field" name="field"><button type="button" name="no" value="0">no</button>
         <button name="press" value="first" formaction="/first">first</button><button name="press" value="second">second</button>`,
      ),
      '/none': form('method="post" action="/sent"', '<input id="field" name="field">'),
    },
    async drive(driver, { app }) {
      for (const path of ['/', '/none']) {
        await driver.open(app + path);
        await driver.fill('field', 'filled in');
        await driver.enter('field');
      }
    },
  },
  {
    title: 'redirects of a POST on one site',
    answers: {
      '/': FORM_PER_REDIRECT,
      ...Object.fromEntries(
        REDIRECTS.map((status) => [`/${status}`, redirect('sent?by=redirect#part', status)]),
      ),
    },
    drive: clicking(...REDIRECTS.map((status) => `b${status}`)),
  },
  {
    title: 'redirects of a POST to another site, and back',
    answers: {
      '/': FORM_PER_REDIRECT,
      ...Object.fromEntries(
        REDIRECTS.map((status) => [`/${status}`, redirect(elsewhere('tenant', `/back-${status}`), status)]),
      ),
      ...Object.fromEntries(
        REDIRECTS.map((status) => [`/back-${status}`, redirect(elsewhere('app', '/sent'), status)]),
      ),
    },
    drive: clicking(...REDIRECTS.map((status) => `b${status}`)),
  },
  {
    title: 'Referrer-Policy in the header',
    answers: Object.fromEntries(
      POLICIES.map((policy, i) => [
        `/p${i}`,
        page(
          ({ tenant }) => `<a id="near" href="/near">near</a>
            <form method="post" action="${tenant}/post"><button id="far">post</button></form>`,
          policy ? { 'referrer-policy': policy } : {},
        ),
      ]),
    ),
    async drive(driver, { app }) {
      for (const i of POLICIES.keys())
        for (const id of ['near', 'far']) {
          await driver.open(`${app}/p${i}?query=1#part`);
          await driver.click(id);
        }
    },
  },
  {
    title: 'Referrer-Policy in the page, at a link and at a redirect',
    answers: {
      '/': page(
        ({ tenant }) => `<meta name="referrer" content="origin">
          <a id="meta" href="${tenant}/to">to</a><a id="near" href="/to">to</a>
          <a id="own" referrerpolicy="unsafe-url" href="${tenant}/to">to</a>
          <a id="rel" rel="noopener noreferrer" href="${tenant}/to">to</a>
          <a id="hop" href="/hop">to</a>
          <form id="f" rel="noreferrer" method="post" action="/post"><button id="post">to</button></form>`,
      ),
      '/hop': redirect('/hop-2', 302, { 'referrer-policy': 'unsafe-url' }),
      '/hop-2': redirect(elsewhere('tenant', '/hop-3'), 302),
      '/hop-3': redirect(elsewhere('app', '/to'), 302, { 'referrer-policy': 'no-referrer' }),
    },
    drive: async (driver, { app }) => {
      for (const id of ['meta', 'near', 'own', 'rel', 'hop', 'post']) {
        await driver.open(`${app}/?query=1`);
        await driver.click(id);
      }
    },
  },
  {
    title: 'addresses: base, fragments, relative ones, and answers that lead nowhere',
    answers: {
      '/': html(`<base href="/folder/"><a id="relative" href="page">r</a><a id="query" href="?a=1">q</a>
        <a id="space" href=" /a b?c d#e f ">s</a><a id="umlaut" href="/ü?ü=ü">u</a>
        <form method="post"><button id="no-action">n</button></form>
        <form method="post" action="sent"><button id="based">b</button></form>`),
      '/no-location': (_req, res) => void res.writeHead(302).end('no location'),
      '/300': redirect('/to', 300),
      '/304': redirect('/to', 305),
      '/201': redirect('/to', 201),
    },
    async drive(driver, { app }) {
      for (const id of ['relative', 'query', 'space', 'umlaut', 'no-action', 'based']) {
        await driver.open(`${app}/?own=1`);
        await driver.click(id);
      }
      for (const path of ['/no-location', '/300', '/304', '/201']) await driver.open(app + path);
    },
  },
];
