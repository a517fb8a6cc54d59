import { commandContext } from './command-context';
/** A machine that its user reaches through other addresses than localhost. */
export interface Elsewhere {
  /** What it is, and why its own addresses do not work. */
  seen: string;
  /** How the user's browser gets to localhost; followed by `command`. */
  fix: string;
  command: string;
}

/** Why no name but localhost will do, wherever the workshop runs. */
const WHY = 'app, tenant, API and guide know each other, and your browser, as localhost';

/** Whether the workshop runs in a workspace on the web: its forwarded addresses have other names, and a private one
 * answers the app's requests with a sign-in page. @param ports those of all parties, in the order shown. */
export function elsewhere(
  ports: readonly number[],
  env: NodeJS.ProcessEnv = commandContext().env,
): Elsewhere | undefined {
  if (env.CODESPACES)
    return {
      seen: `This is a GitHub Codespace. Its addresses at app.github.dev do not work: ${WHY}.`,
      fix: `Open the Codespace in VS Code desktop, which forwards the ports to localhost. Or run on your own machine:`,
      command: `gh codespace ports forward ${ports.map((port) => `${port}:${port}`).join(' ')}`,
    };
  if (env.GITPOD_WORKSPACE_ID || env.GITPOD_ENVIRONMENT_ID)
    return {
      seen: `This is a Gitpod workspace. Its addresses at gitpod.io or gitpod.dev do not work: ${WHY}.`,
      fix: `Open the workspace in VS Code desktop, which forwards the ports to localhost. Or run on your own machine, with the SSH address that Gitpod shows:`,
      command: ssh(ports),
    };
  return undefined;
}

/** The same for a request by another name than localhost, on any machine. */
export function otherName(ports: readonly number[]): Elsewhere {
  return (
    elsewhere(ports) ?? {
      seen: `The guide answers under no other name, so that no other site can read it: ${WHY}.`,
      fix: `If the workshop runs on another machine, forward its ports to the same ports of your own machine, where you then open localhost:`,
      command: ssh(ports),
    }
  );
}

const ssh = (ports: readonly number[]) =>
  `ssh ${ports.map((port) => `-L ${port}:localhost:${port}`).join(' ')} USER@MACHINE`;

export function localPorts(addresses: readonly (string | undefined)[]): number[] {
  const local = addresses.flatMap((one = '') => {
    const url = URL.canParse(one) ? new URL(one) : undefined;
    return url && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) ? [Number(url.port)] : [];
  });
  return [...new Set(local)];
}
