import type { RunOptions } from '../../checks/run';
import { err } from '../../lib/terminal';
import { type Ended, saveRecording } from '../../recorder/record';
import type { Step } from '../../steps/layers';

/** The options of a run by which its conversation is kept for `npm run workshop flow`. */
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
        // A full disk is no reason to keep a verdict back.
        err(`The conversation was not kept for "flow": ${(error as Error).message}\n`);
      }
    },
  };
}
