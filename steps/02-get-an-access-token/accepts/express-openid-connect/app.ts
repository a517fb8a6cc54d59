import type { Express } from 'express';
import { profilePage } from './pages';

export function addPages(app: Express): void {
  profilePage(app);
}
