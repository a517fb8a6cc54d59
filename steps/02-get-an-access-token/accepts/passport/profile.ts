import { Router } from 'express';
import type { Account } from './login';

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);

export function profile(): Router {
  return Router()
    .get('/', (_req, res) => void res.send('<a href="/login">Log in</a> <a href="/profile">Profile</a>'))
    .get('/profile', (req, res) => {
      if (!req.isAuthenticated()) return res.redirect('/login');
      const { name, email } = req.user as Account;
      res.send(
        `<p>${escapeHtml(name)} (${escapeHtml(email)})<form action="/session/end" method="post"><button>Leave</button></form>`,
      );
    })
    .post('/session/end', (req, res, next) => {
      req.logout((error) => (error ? next(error) : res.redirect('/')));
    });
}
