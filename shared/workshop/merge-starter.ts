import fs from 'node:fs';
import path from 'node:path';
import { type Choice, type Merged, merge, sameText } from '../lib/merge';
import { readApp } from '../steps/layers';
import type { Change, Content } from './change';
import { textOf } from './files';
import { myApp } from './my-app';

/** A file that both the learner and the new step changed, in the same lines. */
export interface Conflict {
  file: string;
  /** The lines of both, where they differ; for a file that one of both does not have, all of it. */
  regions: Merged['conflicts'];
}

export interface MergeResult {
  change: Change;
  added: string[];
  replaced: string[];
  merged: string[];
  /** Changed by the learner, and not by the step: left as they are. */
  kept: string[];
  /** What was decided by `choose`. */
  asked: Conflict[];
}

/** The steps between which my-app/ goes. */
export interface Way {
  /** The step whose starter was laid last; undefined when there is none. */
  from: number | undefined;
  to: number;
  /** Whether every task of `from` is done; if not, what still stands there as in the starter gets the finished lines. */
  done: boolean;
}

/**
 * Merges the starter of a step into the learner's app. New files are added, files that the learner did not change are replaced, and
 * files that both changed are merged three ways. The base is the finished app of the step before, so the learner's solutions are kept.
 *
 * @param choose asked for each file in which both changed the same lines.
 */
export function mergeStarter({ from, to, done }: Way, choose: (conflict: Conflict) => Choice): MergeResult {
  const started = from === undefined ? new Map() : readApp(from, { starter: true });
  const base = from === undefined ? new Map() : readApp(from);
  const result: MergeResult = {
    change: { write: new Map<string, Content>(), remove: [] },
    added: [],
    replaced: [],
    merged: [],
    kept: [],
    asked: [],
  };
  for (const [file, theirs] of readApp(to, { starter: true })) {
    const mine = textOf(myApp(), file);
    const put = (text: string, list: string[]) => {
      result.change.write.set(file, { text });
      list.push(file);
    };
    const ask = (regions: Conflict['regions']) => {
      const conflict = { file, regions };
      result.asked.push(conflict);
      return choose(conflict);
    };
    if (mine === undefined) {
      // A file that the learner took away stays away, unless the step needs it changed.
      if (base.get(file) === undefined) put(theirs, result.added);
      else if (sameText(base.get(file), theirs)) result.kept.push(file);
      else if (ask([{ mine: ['(you deleted this file)'], theirs: theirs.split('\n') }]) !== 'mine')
        put(theirs, result.added);
    } else if (sameText(mine, theirs)) {
      result.kept.push(file);
    } else if (sameText(mine, base.get(file)) || sameText(mine, started.get(file))) {
      put(theirs, result.replaced);
    } else {
      const whole = complete({ mine, started: started.get(file), finished: base.get(file), done });
      const both = { mine: whole, base: base.get(file) ?? '', theirs };
      const tried = merge(both, 'both');
      const merged = tried.conflicts.length === 0 ? tried.text : merge(both, ask(tried.conflicts)).text;
      if (merged === mine) result.kept.push(file);
      else put(merged, result.merged);
    }
  }
  return result;
}

/** The learner's file with the finished lines in the place of exercises that are still open. */
function complete({
  mine,
  started,
  finished,
  done,
}: {
  mine: string;
  started: string | undefined;
  finished: string | undefined;
  done: boolean;
}): string {
  if (done || started === undefined || finished === undefined) return mine;
  return merge({ mine, base: started, theirs: finished }, 'mine').text;
}

/**
 * Replaces the lesson's files by those of one app; files of the learner's own stay.
 *
 * @param others more paths to take away.
 */
export function replaceBy(app: Map<string, string>, lessonFiles: Iterable<string>, others: string[]): Change {
  const write = new Map<string, Content>();
  for (const [file, text] of app) if (textOf(myApp(), file) !== text) write.set(file, { text });
  const remove = [...new Set([...lessonFiles, ...others])].filter((file) => !app.has(file) && isThere(file));
  return { write, remove };
}

const isThere = (file: string) =>
  fs.lstatSync(path.join(myApp(), file), { throwIfNoEntry: false }) !== undefined;
