import type { RunOptions } from '../../checks/run';
import { err } from '../../lib/terminal';
import { type Ended, saveRecording } from '../../recorder/record';
import type { Step } from '../../steps/layers';

/** Options of a run that store its messages for `npm run workshop flow`. */
export function recordedCheck(
  step: Step,
  onResult?: RunOptions['onResult'],
): Required<Pick<RunOptions, 'onResult' | 'onRecording'>> {
  const ended: Ended[] = [];
  return {
    onResult: (result, trace) => {
      const passed = result.passed || result.notApplicable !== undefined;
      ended.push({ id: result.id, passed, at: trace.endedAt });
      onResult?.(result, trace);
    },
    onRecording: (messages) => {
      try {
        saveRecording(messages, { of: `the check of step ${step.id}`, ended });
      } catch (error) {
        // The verdict must appear on a full disk too.
        err(`The conversation was not kept for "flow": ${(error as Error).message}\n`);
      }
    },
  };
}
