import type { RunOptions } from '../../checks/run';
import { isRight } from '../../checks/verdict';
import { err } from '../../lib/terminal';
import { type Ended, saveRecording } from '../../recorder/record';
import type { Step } from '../../steps/layers';

/** Options of a run that store its messages for `npm run workshop flow`. */
export function recordedCheck(
  step: Step,
  onResult?: RunOptions['onResult'],
  onEarlier?: RunOptions['onEarlier'],
): Required<Pick<RunOptions, 'onResult' | 'onEarlier' | 'onRecording'>> {
  const ended: Ended[] = [];
  const noted =
    (report: RunOptions['onResult']): NonNullable<RunOptions['onResult']> =>
    (result, trace) => {
      ended.push({ id: result.id, passed: isRight(result), at: trace.endedAt });
      report?.(result, trace);
    };
  return {
    onResult: noted(onResult),
    onEarlier: noted(onEarlier),
    onRecording: (messages) => {
      try {
        saveRecording(messages, { of: `the check of step ${step.id}`, ended });
      } catch (error) {
        // The verdict must appear on a full disk too.
        err(`The messages were not stored for "flow": ${(error as Error).message}\n`);
      }
    },
  };
}
