import fs from 'node:fs';
import path from 'node:path';
import { type Choice, type Merged, merge, sameText } from '../lib/merge';
import { AGENTS_FILE, filesOf, isLearnersOwn } from './agents-file';
import type { Change, Content } from './change';
import { textOf } from './files';
import { myApp } from './my-app';

/** A file in which both the learner and the new step changed the same lines. */
export interface Conflict {
  file: string;
  /** The lines of both; all lines of a file that only one of them has. */
  regions: Merged['conflicts'];
}

export interface MergeResult {
  change: Change;
  added: string[];
  replaced: string[];
  merged: string[];
  /** Changed by the learner and not by the step, so unchanged now. */
  kept: string[];
  /** Decided by `choose`. */
  asked: Conflict[];
}

export interface Way {
  /** The step whose starter was merged last; undefined when there is none. */
  from: number | undefined;
  to: number;
  /** Whether every task of `from` is done. If not, exercises that are still open get the finished lines. */
  done: boolean;
}

/** Merges a step's starter into the learner's app. The base of the three-way merge is the finished app of the step
 * before, so solutions are retained. @param choose asked for each file in which both changed the same lines. */
export function mergeStarter({ from, to, done }: Way, choose: (conflict: Conflict) => Choice): MergeResult {
  const started = from === undefined ? new Map() : filesOf(from, { starter: true });
  const base = from === undefined ? new Map() : filesOf(from);
  const result: MergeResult = {
    change: { write: new Map<string, Content>(), remove: [] },
    added: [],
    replaced: [],
    merged: [],
    kept: [],
    asked: [],
  };
  for (const [file, theirs] of filesOf(to, { starter: true })) {
    const mine = textOf(myApp(), file);
    const put = (text: string, list: string[]) => {
      result.change.write.set(file, { text });
      list.push(file);
    };
    const ask = (regions: Conflict['regions']) => {
      const conflict = { file, regions: regions.map(inWords) };
      result.asked.push(conflict);
      return choose(conflict);
    };
    if (mine === undefined) {
      // A file that the learner deleted remains deleted, unless the step changes it. Each step changes AGENTS.md.
      if (base.get(file) === undefined) put(theirs, result.added);
      else if (file === AGENTS_FILE || sameText(base.get(file), theirs)) result.kept.push(file);
      else if (ask([{ mine: ['(you deleted this file)'], theirs: theirs.split('\n') }]) !== 'mine')
        put(theirs, result.added);
    } else if (sameText(mine, theirs) || isLearnersOwn(file, mine)) {
      result.kept.push(file);
    } else if (sameText(mine, base.get(file)) || sameText(mine, started.get(file))) {
      put(theirs, result.replaced);
    } else {
      const [begun, finished] = [started.get(file), base.get(file)];
      // Exercises that are still open get the finished lines.
      const isComplete = done || begun === undefined || finished === undefined;
      const whole = isComplete ? mine : merge({ mine, base: begun, theirs: finished }, 'mine').text;
      const both = { mine: whole, base: finished ?? '', theirs };
      const tried = merge(both, 'both');
      const merged = tried.conflicts.length === 0 ? tried.text : merge(both, ask(tried.conflicts)).text;
      if (merged === mine) result.kept.push(file);
      else put(merged, result.merged);
    }
  }
  return result;
}

/** Replaces the lesson's files by those of one app; the learner's own files remain. @param others more paths to
 * remove. */
export function replaceBy(app: Map<string, string>, lessonFiles: Iterable<string>, others: string[]): Change {
  const write = new Map<string, Content>();
  for (const [file, text] of app) {
    const mine = textOf(myApp(), file);
    if (mine !== text && (others.includes(file) || !isLearnersOwn(file, mine))) write.set(file, { text });
  }
  const remove = [...new Set([...lessonFiles, ...others])].filter((file) => !app.has(file) && isThere(file));
  return { write, remove };
}

/** Nobody can choose between lines and an empty box. */
function inWords({ mine, theirs }: Conflict['regions'][number]): Conflict['regions'][number] {
  const isEmpty = (lines: string[]) => lines.every((line) => line.trim() === '');
  return {
    mine: isEmpty(mine) ? ['(you deleted these lines)'] : mine,
    theirs: isEmpty(theirs) ? ['(the step deletes these lines)'] : theirs,
  };
}

const isThere = (file: string) =>
  fs.lstatSync(path.join(myApp(), file), { throwIfNoEntry: false }) !== undefined;
