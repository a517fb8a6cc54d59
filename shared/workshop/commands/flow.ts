import type { Command } from 'commander';
import { commandContext } from '../../lib/command-context';
import { out, outJson } from '../../lib/terminal';
import { UserError } from '../../lib/user-error';

/** In fewer columns a list is easier to read than a diagram. */
const NARROW = 80;

interface Flags {
  check?: string;
  all?: boolean;
  plain?: boolean;
  diagram?: boolean;
  mermaid?: boolean;
  json?: boolean;
}

/** `flow`: the messages between browser, app, tenant and API at the last check or login. */
export function addFlow(program: Command): void {
  program
    .command('flow')
    .description(
      'shows the messages of the last check or login, with secrets masked; "flow 12" shows all of message 12',
    )
    .argument('[message]', 'the number of a message, to see all of it')
    .option('--check <id>', 'only the messages of this check')
    .option('--all', 'all messages; with a number, all headers of that message')
    .option('--plain', 'a list instead of the diagram (the default if the output is not a terminal)')
    .option('--diagram', 'the diagram, even if the output is not a terminal')
    .option('--mermaid', 'print the diagram as mermaid text')
    .option('--json', 'print the messages as JSON')
    .action(flow);
}

async function flow(wanted: string | undefined, flags: Flags): Promise<void> {
  const { readRecording } = require('../../recorder/record') as typeof import('../../recorder/record');
  const parts = require('../flow/parts') as typeof import('../flow/parts');
  if (wanted !== undefined && !/^[1-9]\d*$/.test(wanted))
    throw new UserError(`A message has a number, as in npm run workshop flow 12; "${wanted}" is none.`);
  const recording = readRecording();
  const all = parts.numbered(recording);
  if (all.length === 0)
    throw new UserError(`No messages were sent in ${recording.of}: the app received no request.`);
  if (wanted !== undefined) {
    const message = all[Number(wanted) - 1];
    if (!message)
      throw new UserError(`There is no message ${wanted}: the recording has ${all.length}, counted from 1.`);
    const { wholeMessage } = require('../flow/whole') as typeof import('../flow/whole');
    if (flags.json) return outJson(message);
    return void out(wholeMessage(message, flags));
  }
  const part =
    flags.check !== undefined
      ? parts.partOfCheck(recording, flags.check)
      : flags.all
        ? { messages: all, what: 'all messages' }
        : parts.mainPart(recording);
  if (flags.json) return outJson({ of: recording.of, savedAt: recording.savedAt, ...part });
  const { draw, listOf, mermaidOf } = require('../flow/diagram') as typeof import('../flow/diagram');
  if (flags.mermaid) return void out(mermaidOf(part.messages));
  const { stdout } = commandContext();
  const width = stdout.columns ?? 100;
  const plain = flags.plain || (!flags.diagram && (!stdout.isTTY || width < NARROW));
  const shown = plain ? undefined : draw(part.messages, width);
  const when = new Date(recording.savedAt).toLocaleTimeString('en-GB');
  out(`The messages of ${recording.of}, ${when}: ${part.what}.\n\n${shown ?? listOf(part.messages)}\n`);
  if (!all.some(({ from, to }) => from === 'browser' && to === 'app'))
    out('The messages between browser and app were not recorded: the app ran in a separate process.\n');
  const first = part.messages[0]?.n;
  out(
    `${part.messages.length} of ${all.length} messages.${part.messages.length < all.length ? ' All: npm run workshop -- flow --all.' : ''} One whole: npm run workshop flow ${first}\n`,
  );
}
