import { execFileSync } from 'node:child_process';
import dns from 'node:dns/promises';
import http from 'node:http';
import net from 'node:net';
import { attempt } from '../../lib/attempt';
import { commandContext } from '../../lib/command-context';
import { elsewhere } from '../../lib/elsewhere';
import { forbidden, listenOnLoopback } from '../../lib/listen';
import { killCommand, OTHER_CHECKOUT, whoListens } from '../../lib/who-listens';
import { workshopPorts } from './answers';
import { type Finding, note, ok, warning, wrong } from './finding';

export interface Port {
  number: number;
  /** Its owner: "the app". */
  of: string;
  /** How to choose another one. */
  setting: string;
  /** Only needed for an app in another language. */
  rare?: boolean;
}

/** How a browser reaches a workshop in a workspace on the web. */
export function workspace(ports: readonly number[], env: NodeJS.ProcessEnv): Finding[] {
  const found = elsewhere(ports, env);
  return found ? [warning('workspace-on-the-web', found.seen, `${found.fix} ${found.command}`)] : [];
}

/** Whether each port is free on both loopback addresses, and who has it otherwise. */
export async function ports(wanted: readonly Port[]): Promise<Finding[]> {
  const looked = await Promise.all(wanted.map(async (one) => ({ ...one, code: await codeAt(one.number) })));
  const free = looked.filter(({ code }) => code === undefined);
  const taken = looked
    .filter(({ code }) => code !== undefined)
    .map((one) => ({ ...one, who: one.code === 'EACCES' ? undefined : whoListens(one.number) }));
  const unknown = taken.filter(({ code, who }) => code !== 'EACCES' && !isWorkshop(who));
  const answering = await workshopPorts(unknown.map(({ number }) => number));
  const found = taken.map((one) => portFinding(one, !unknown.includes(one) || answering.has(one.number)));
  if (free.length === 0) return found;
  return [...found, ok('ports', `Ports ${free.map(({ number }) => number).join(', ')} are free`)];
}

function portFinding(
  { number, of, setting, rare, code, who }: Port & { code: string | undefined; who: string | undefined },
  ours: boolean,
): Finding {
  if (code === 'EACCES')
    return wrong(
      'port-forbidden',
      `You may not listen on port ${number} (${of}): ${forbidden(number)}`,
      `Choose another one: ${setting}`,
    );
  if (who?.includes(OTHER_CHECKOUT))
    return wrong(
      'port-other-checkout',
      `Port ${number} (${of}) is taken by ${who}`,
      `Press Ctrl-C in its terminal, or choose another port: ${setting}`,
    );
  if (ours)
    return note(
      'port-in-use-here',
      `Port ${number} (${of}): the workshop runs there already${who === undefined ? '' : `, ${who}`}`,
    );
  const pid = pidOf(who);
  const seen = `Port ${number} (${of}) is taken by ${who ?? 'a program whose name the system does not report'}`;
  const fix = `Stop ${pid === undefined ? 'it' : `it (${killCommand(pid)})`}, or choose another port: ${setting}`;
  return rare
    ? warning('check-port-taken', `${seen}; only checks with APP_URL need it`, fix)
    : wrong('port-taken', seen, fix);
}

const pidOf = (who: string | undefined) => /process (\d+)/.exec(who ?? '')?.[1];

/** The error code of listening on a port, on either address; undefined if that works. */
async function codeAt(port: number): Promise<string | undefined> {
  const codes = await Promise.all(['127.0.0.1', '::1'].map((host) => trouble(port, host)));
  return codes.find((code) => code !== undefined);
}

/** The error code of listening there; undefined if that works, or the machine has no such address. */
function trouble(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' ? undefined : code),
    );
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** By its command line, if the system shows it. */
function isWorkshop(who: string | undefined): boolean {
  const pid = pidOf(who);
  if (pid === undefined) return false;
  const options = { encoding: 'utf8', env: commandContext().env, timeout: 1000 } as const;
  const words = attempt(() => execFileSync('ps', ['-o', 'args=', '-p', pid], options)) ?? '';
  return /shared[\\/](workshop|guide|tenant|api|identity-providers|steps)[\\/]/.test(words);
}

/** The addresses of localhost, and whether each answers. */
export async function localhost(resolve = () => dns.lookup('localhost', { all: true })): Promise<Finding[]> {
  const hosts = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts';
  let addresses: string[] = [];
  try {
    addresses = [...new Set((await resolve()).map(({ address }) => address))];
  } catch {
    // Reported below, as no address.
  }
  const foreign = addresses.filter((one) => !/^127\.|^::1$/.test(one));
  if (addresses.length === 0 || foreign.length > 0)
    return [
      wrong(
        'localhost',
        addresses.length === 0
          ? 'localhost has no address'
          : `localhost means ${foreign.join(', ')}, which is not this machine`,
        `Put the line "127.0.0.1 localhost" into ${hosts}`,
      ),
    ];
  const listening = await listenOnLoopback((_, res) => res.end('here'), {
    port: 0,
    party: 'The doctor',
    setting: '',
  });
  try {
    const answers = await Promise.all(
      ['localhost', '127.0.0.1', '::1'].map((host) => answersAt(host, listening.port)),
    );
    const [name, v4, v6] = answers;
    if (!name || !v4)
      return [
        wrong(
          'loopback-silent',
          `A server on this machine does not answer at ${name ? '127.0.0.1' : 'localhost'}`,
          'A firewall, a VPN or a security program blocks connections between programs on this machine. Allow connections to 127.0.0.1 and ::1.',
        ),
      ];
    const both = `localhost means ${addresses.join(' and ')}, and answers`;
    return [
      v6
        ? ok('localhost', both)
        : note('no-ipv6', `${both}; this machine has no ::1, which the workshop does not need`),
    ];
  } finally {
    await listening.close();
  }
}

function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ host, port, agent: false, timeout: 2000 }, (res) => {
      res.resume();
      resolve(res.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
