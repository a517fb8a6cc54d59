import pug from 'pug';
import type { Failure } from '../core/Failure';
import type { Grant } from '../login/GrantRepository';

type User = Record<string, unknown> | undefined;

const FRAME = `
doctype html
html(lang="en")
  head
    meta(charset="utf-8")
    title= title
  body
    nav
      a(href="/") Home
      if user
        |  
        a(href="/profile") Profile
        form(method="post" action="/logout")
          button Log out
      else
        |  
        a(href="/login") Log in
    h1= title
`;

const compile = (body: string) => pug.compile(FRAME + body.replace(/^(?=.)/gm, '    '));

export class Views {
  private readonly templates = {
    home: compile(`
if user
  p Good to see you, #{user.name || user.sub}.
else
  p Log in to see your appointments.
`),
    logout: compile(`
p Shall we log you out?
form(method="post" action="/logout")
  button Yes, log me out
`),
    profile: compile(`
table
  tr
    th Name
    td= user.name
  tr
    th E-mail
    td= user.email
  tr
    th Identifier
    td= user.sub
h2 What you allowed
ul
  each scope in scopes
    li= scope
`),
    failure: compile(`
p= failure.explanation
p
  a(href=failure.way.href)= failure.way.text
`),
  };

  private render(name: keyof Views['templates'], title: string, user: User, more: object = {}): string {
    return this.templates[name]({ title, user, ...more });
  }

  home = (user: User) => this.render('home', 'Call your API', user);
  logout = (user: User) => this.render('logout', 'Log out', user);
  profile = (user: User, scopes: string[]) => this.render('profile', 'Your profile', user, { scopes });
  failure = (user: User, failure: Failure) => this.render('failure', failure.headline, user, { failure });
}
