import type { Finding } from '../lib/finding';
import { lastLine, type Scene } from './diagnose-crash';
import type { CurrentLocation } from './sample-stack';
import { placeIn } from './stack-trace';
import type { Kind } from './types';

const listens = ({ kind: { name }, port }: Scene) => `the ${name} listens on port ${port} (PORT)`;
/** Places that a finding names. */
const MOST = 3;

/** The app listens on other ports than PORT. */
export function listensElsewhere(scene: Scene, ports: readonly number[]): Finding {
  const at = placeIn(scene.output, scene.folder);
  return {
    id: `${scene.kind.id}-wrong-port`,
    expected: listens(scene),
    seen: `it listens on ${ports.join(', ')}${at ? `, see ${at}` : ''}`,
    cause: 'the port is written into the code, or another setting than PORT is read',
    next: `listen on ${scene.kind.id === 'api' ? 'the port that the setting PORT names' : 'config.port, which is the setting PORT'}`,
  };
}

/** The app runs and does not listen. */
export function hangs(
  scene: Scene,
  where: Omit<CurrentLocation, 'cpu'> | undefined,
  /** Milliseconds. */ waited: number,
): Finding {
  const last = lastLine(scene.output);
  return {
    id: `${scene.kind.id}-hangs`,
    expected: listens(scene),
    ...whyNot(
      scene.kind,
      where,
      `after ${(waited / 1000).toFixed(0)} s it runs and listens nowhere`,
      last ? `; its last output: ${last}` : '',
    ),
  };
}

/** The app does not listen yet, and the machine leaves it too little processor time to say why.
 * @param waited milliseconds. @param cpu milliseconds of processor time that it used; undefined if it is not known. */
export function busyMachine(
  scene: Scene,
  { waited, cpu }: { waited: number; cpu: number | undefined },
): Finding {
  const used = cpu === undefined ? '' : `, and it has had ${(cpu / 1000).toFixed(1)} s of processor time`;
  return {
    id: `${scene.kind.id}-slow`,
    expected: listens(scene),
    seen: `after ${(waited / 1000).toFixed(0)} s it still loads its files and packages${used}`,
    cause: `this machine is busy or slow: nothing else shows in the ${scene.kind.name}`,
    next: `wait, or end other programs; restart the ${scene.kind.name} if it takes too long`,
  };
}

/** The app ended without an error before it listened: the event loop was empty. */
export function nothingLeft(scene: Scene, { waits }: Pick<CurrentLocation, 'waits'>): Finding {
  const last = lastLine(scene.output);
  return {
    id: `${scene.kind.id}-crashed`,
    expected: listens(scene),
    ...whyNot(
      scene.kind,
      { waits, loading: false },
      `the ${scene.kind.name} ended with exit code 0`,
      last ? `; its last output: ${last}` : '',
    ),
  };
}

function whyNot(
  { name }: Kind,
  where: Omit<CurrentLocation, 'cpu'> | undefined,
  seen: string,
  words: string,
): Pick<Finding, 'seen' | 'cause' | 'next'> {
  if (!where)
    return {
      seen: `${seen}${words}`,
      cause: `not known: something before listen does not end, and the ${name} does not report where it is. Blocking calls such as execSync, or readFileSync of standard input, cause this`,
      next: 'write a console.log before and after each call in server.ts and app.ts; the last one that you see is before the place',
    };
  const { busy, waits } = where;
  if (busy !== undefined)
    return {
      seen: `${seen}; it is busy at ${busy}${words}`,
      cause: `the code at ${busy} does not end, so nothing after it runs: often a loop whose condition remains true`,
      next: `look at ${busy}: what ends the loop or the work there?`,
    };
  const [first] = waits;
  if (first !== undefined)
    return {
      seen: `${seen}; it waits at ${waits.slice(0, MOST).join(', and for that at ')}${words}`,
      cause: `the promise that is awaited at ${first} never settles, so nothing after it runs`,
      next: `look at ${first}: who resolves the promise, and when?`,
    };
  return {
    seen: `${seen}; it neither works nor awaits anything${words}`,
    cause:
      'server.ts ran to its end, and nothing listens: most likely listen is not called, or is in a callback that has not run',
    next: 'look for listen in server.ts, and write a console.log before it: is that place reached?',
  };
}
