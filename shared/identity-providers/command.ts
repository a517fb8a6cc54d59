import { commandLine } from '../lib/command-line';
import { openListeningParty } from '../lib/foreground';
import { printable } from '../lib/printable';
import { err } from '../lib/terminal';
import { PROVIDER_PORTS } from './ports';
import { providerSettings } from './settings';

/** A provider in the foreground. @param name for its help. @param contents of its folder.
 * @param start returns the lines for standard output, and ends the provider by `close`. */
export async function runProvider(
  which: keyof typeof PROVIDER_PORTS,
  name: string,
  contents: string,
  start: (
    settings: ReturnType<typeof providerSettings> & { log: (line: string) => void },
  ) => Promise<{ lines: Record<string, string>; close: () => Promise<void> }>,
): Promise<void> {
  const port = `(${which.toUpperCase()}_PORT, default ${PROVIDER_PORTS[which]})`;
  const program = commandLine(`npm run -s ${which} --`)
    .description(`Runs ${name} to practise with, until Ctrl-C.`)
    .option('--port <n>', `port to listen on; 0 takes a free one ${port}`)
    .option('--tenant <url>', 'the tenant that may ask (TENANT_ISSUER, default http://localhost:4001/)')
    .option('--data <dir>', `folder for ${contents} (PROVIDERS_DATA)`)
    .option('--env <file>', 'file with settings (default .env)')
    .parse();
  const log = (line: string) => err(`${which}: ${printable(line)}\n`);
  const { lines, close } = await start({ ...providerSettings(which, program.opts()), log });
  openListeningParty(lines, close);
}
