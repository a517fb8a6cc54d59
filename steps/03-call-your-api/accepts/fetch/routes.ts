import { appointments } from './appointments';
import { login } from './login';
import type { Route } from './route';

export const routes: Record<string, Route> = { ...login, ...appointments };
