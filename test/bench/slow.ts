import { appFolders, checkAtShell } from '../support/check';
import { limitCpu } from '../support/cpu-limit';
import type { Sizes } from './sizes';

export interface SlowBench {
  /** Of one core. */
  share: number;
  /** By step: seconds of a cold check, how many checks there are, and how many did not pass; wanted: 0. Undefined where no process can be limited. */
  steps: { step: number; seconds: number; checks: number; failed: number }[] | undefined;
}

/** The finished app of each step on a slow machine: its checks have limits of time, and must not miss one. */
export async function benchSlow({ share, steps }: Sizes['slow']): Promise<SlowBench> {
  const folders = appFolders();
  try {
    const seen: SlowBench['steps'] = [];
    for (const step of steps) {
      const limit = limitCpu(share);
      if (!limit) return { share, steps: undefined };
      try {
        const start = performance.now();
        const { result } = await checkAtShell(step, folders.make(step), { limit });
        const failed = result.checks.filter((one) => !one.passed && one.notApplicable === undefined).length;
        seen.push({
          step,
          seconds: (performance.now() - start) / 1000,
          checks: result.checks.length,
          failed,
        });
      } finally {
        await limit.remove();
      }
    }
    return { share, steps: seen };
  } finally {
    folders.remove();
  }
}

export function describeSlow({ share, steps }: SlowBench): string[] {
  if (!steps) return ['left out: no control group can be made here, it needs Linux and root'];
  return steps.map(
    ({ step, seconds, checks, failed }) =>
      `check ${step}, with ${share} of a core: ${seconds.toFixed(1)} s, ${failed} of ${checks} checks failed  (wanted: 0)`,
  );
}
