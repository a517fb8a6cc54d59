import type { Part } from './mentions';
import type { Annotation } from './types';

/** A function that adds problems of one part of a message to `marks`. */
export const marker =
  (marks: Annotation[], part: Part) =>
  (name: string, what: string, why: string, level: Annotation['level'] = 'wrong'): void => {
    marks.push({ part, name, level, what, why });
  };
