/**
 * The test files that take longest, the longest first, as `npm test -- --times` shows: whoever begins with them is not left waiting for one of
 * them at the end. All others follow in the order of their names.
 */
export const LONGEST: readonly string[] = [
  'test/guide/walkthrough-mouse.browser.spec.ts',
  'test/guide/every-page.browser.spec.ts',
  'test/proof/mistakes-03.spec.ts',
  'test/proof/mistakes-02.spec.ts',
  'test/tenant/management.deploy-cli.spec.ts',
  'test/tenant/actions-faults.spec.ts',
  'test/checks/slow-machine.cpu.spec.ts',
  'test/tenant/actions-limit.spec.ts',
  'test/proof/mistakes-04.spec.ts',
  'test/proof/mistakes-05.spec.ts',
  'test/checks/misbehaving.spec.ts',
  'test/bench/smoke.spec.ts',
  'test/guide/walkthrough-keyboard.browser.spec.ts',
  'test/workshop/in-process.spec.ts',
  'test/app/hardening.spec.ts',
  'test/lessons/by-hand.bash.spec.ts',
  'test/preflight/preflight.spec.ts',
  'test/branches/in-place.spec.ts',
  'test/guide/tenant-tokens.browser.spec.ts',
  'test/tenant/pages.browser.spec.ts',
  'test/app-runner/start-app.spec.ts',
  'test/proof/resident.spec.ts',
  'test/workshop/export.spec.ts',
  'test/lib/stored-views.spec.ts',
  'test/bench/smoke.browser.spec.ts',
  'test/fuzz/fuzz.spec.ts',
  'test/lib/npm-options.spec.ts',
  'test/peers/auth0-deploy-cli.peer.spec.ts',
  'test/workshop/watch.spec.ts',
  'test/tenant/passwords.spec.ts',
  'test/pages/pages.browser.spec.ts',
  'test/shell/parties.posix.spec.ts',
  'test/checks/misbehaving.posix.spec.ts',
  'test/guide/regions.browser.spec.ts',
  'test/guide/lessons.spec.ts',
  'test/workshop/dev-check.spec.ts',
  'test/workshop/crash-safety.spec.ts',
  'test/tenant/restart.spec.ts',
  'test/tenant/actions-threads.spec.ts',
  'test/tenant/connections-saml-attacks.spec.ts',
  'test/workshop/lock.spec.ts',
  'test/tenant/connections.browser.spec.ts',
];

/** @param files paths with forward slashes. */
export function longestFirst(files: readonly string[]): string[] {
  const first = LONGEST.filter((file) => files.includes(file));
  return [...first, ...files.filter((file) => !LONGEST.includes(file)).sort()];
}
