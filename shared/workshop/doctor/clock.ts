import { type Finding, note, ok, warning, wrong } from './finding';

/** Milliseconds by which clocks may differ before tokens are refused. */
const TOLERABLE = 30_000;
const ISSUER = 'ISSUER_BASE_URL must be your tenant’s domain, as its dashboard shows it.';
/** Milliseconds until a tenant must have answered. */
const PATIENCE = 5000;

/** Compares the clock with the tenant's (its Date header) if one is configured and answers; offline only the year.
 * @param since milliseconds since the epoch: when the workshop was written, so before now. */
export async function clock(issuer: URL | undefined, since: number): Promise<Finding[]> {
  const now = Date.now();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shown = `${new Date(now).toISOString()} (${zone})`;
  if (now < since - 24 * 3600_000 || new Date(now).getUTCFullYear() > 2099)
    return [
      wrong(
        'clock-year',
        `This machine’s clock says ${shown}`,
        'Set the clock from the network: the validity of certificates and tokens depends on it.',
      ),
    ];
  if (!issuer) return [ok('clock', `The clock says ${shown}. It cannot be compared, because no tenant runs`)];
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
  const address = new URL('/.well-known/openid-configuration', issuer);
  let answer: Response;
  try {
    answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE), redirect: 'manual' });
    await answer.body?.cancel();
  } catch (error) {
    const why = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
    if (local)
      return [
        ok('clock', `The clock says ${shown}`),
        note('tenant-off', `No tenant runs at ${issuer.origin}`, 'npm start starts it.'),
      ];
    const fix =
      'Compare ISSUER_BASE_URL with the domain in the tenant’s dashboard, and test your connection and proxy. To use the local tenant instead, delete ISSUER_BASE_URL from .env.';
    return [
      wrong('tenant-silent', `The tenant of your .env does not answer at ${issuer.origin}: ${why}`, fix),
    ];
  }
  if (answer.status !== 200)
    return [wrong('tenant-odd', `${address.href} answered ${answer.status}`, ISSUER)];
  const theirs = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(theirs))
    return [ok('clock', `The clock says ${shown}; the tenant does not report its time`)];
  const off = Date.now() - theirs;
  const by = `${Math.round(Math.abs(off) / 1000)} s ${off > 0 ? 'ahead of' : 'behind'} the tenant’s`;
  if (Math.abs(off) <= TOLERABLE) return [ok('clock', `The clock agrees with the tenant’s: ${shown}`)];
  const fix =
    'Set the clock from the network (on WSL: sudo hwclock -s). The clock of a virtual machine is often wrong after sleep.';
  const seen = `The clock is ${by}: tokens seem expired, or not valid yet`;
  return [Math.abs(off) > 120_000 ? wrong('clock-off', seen, fix) : warning('clock-off', seen, fix)];
}
