import { views } from '../pages';
import type { Overview } from './model';
import { whyNotOffline } from './text';

export { type Overview, overview } from './model';
export { overviewText } from './text';

export function overviewPage(page: Overview): string {
  const applications = page.applications.map((app) => ({
    ...app,
    mayAsk: app.mayAsk.map((may) => {
      const api = page.apis.find(({ identifier }) => identifier === may.api);
      return { ...may, name: api?.name ?? may.api, why: whyNotOffline(app, api) };
    }),
  }));
  return views('overview')({ ...page, applications, tenantOrigin: new URL(page.issuer).origin });
}
