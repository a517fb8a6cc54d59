import type { Router } from 'express';
import { allow } from '../access';
import { bodyOf } from '../collection';
import type { Management } from '../context';
import { type Entry, isEntry } from '../draft';
import { ManagementError } from '../failure';
import { patch } from '../patch';

/** Auth0's paths, and tenant.yaml's names. Only the first has an effect here. */
const PARTS = {
  'brute-force-protection': 'bruteForceProtection',
  'suspicious-ip-throttling': 'suspiciousIpThrottling',
  'breached-password-detection': 'breachedPasswordDetection',
} as const;

export function attackProtection(router: Router, m: Management): void {
  for (const [path, name] of Object.entries(PARTS)) {
    const now = (section: Record<string, unknown>): object =>
      (section[name] as object | undefined) ?? { enabled: false };
    const at = `/attack-protection/${path}`;
    router.get(at, allow('read:attack_protection'), (_req, res) => {
      res.json(now(m.tenant().snapshot.config.attackProtection));
    });
    router.patch(at, allow('update:attack_protection'), async (req, res) => {
      const changes = bodyOf(req);
      await m.writer.change((draft) => {
        const section = isEntry(draft.raw.attackProtection) ? draft.raw.attackProtection : {};
        const part: Entry = isEntry(section[name]) ? section[name] : {};
        patch(part, now(draft.config.attackProtection), changes);
        if (Object.keys(part).length === 0 && section[name] === undefined) return;
        section[name] = part;
        draft.raw.attackProtection = section;
      });
      res.json(now(m.tenant().snapshot.config.attackProtection));
    });
  }
  // Like a real tenant without them in its plan.
  router.use(['/attack-protection/bot-detection', '/attack-protection/captcha'], () => {
    throw new ManagementError(
      403,
      'The local tenant has neither bot detection nor captcha.',
      'feature_not_enabled',
    );
  });
}
