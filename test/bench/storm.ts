import { patientBrowser } from '../support/patient-browser';
import { runStep } from '../support/workshop';
import type { Sizes } from './sizes';

export interface Storm {
  /** Requests at once. */
  requests: number;
  /** Refreshes sent, requests that failed, sessions lost; wanted: 1, 0, 0. */
  sent: number;
  failed: number;
  lost: number;
  /** Milliseconds until all had their answer. */
  ms: number;
}

/** Parallel requests on one session whose access token has expired, against the real tenant and the real API. */
export async function benchStorm({ requests }: Sizes['storm']): Promise<Storm> {
  const running = await runStep(4, {
    accessTokenLifetime: (seconds, { grant_type }) => (grant_type === 'refresh_token' ? seconds : 1),
  });
  const browser = patientBrowser();
  try {
    await running.logIn(browser, '/profile');
    const expired = Date.now() + 1000;
    while (Date.now() < expired) await new Promise((resolve) => setTimeout(resolve, expired - Date.now()));
    const start = Date.now();
    const get = () => browser.get(`${running.app.origin}/appointments`, { follow: false });
    const pages = await Promise.all(Array.from({ length: requests }, get));
    const ms = Date.now() - start;
    const sent = running.tenant.events
      .recent()
      .filter((e) => 'grant_type' in e && e.grant_type === 'refresh_token').length;
    return {
      requests,
      sent,
      failed: pages.filter(({ status }) => status !== 200).length,
      lost: (await get()).status === 200 ? 0 : 1,
      ms,
    };
  } finally {
    browser.close();
    await running.close();
  }
}

export function describeStorm({ requests, sent, failed, lost, ms }: Storm): string[] {
  return [
    `${requests} parallel requests on an expired token: ${sent} refreshes sent, ${failed} requests failed, ${lost} sessions lost, ${ms} ms  (wanted: 1, 0, 0)`,
  ];
}
