import { commandContext } from '../lib/command-context';
import { elsewhere, localPorts } from '../lib/elsewhere';
import { DEMO_USERS } from '../tenant/demo-users';

/** Columns of the texts, without their labels. */
const WIDTH = 86;

const TRUST = 'Your browser warns about its certificate, unless it trusts this local authority:';

export interface Running {
  guide: string;
  app: string;
  /** The file of the authority whose certificate the app has, with https. */
  authority?: string | undefined;
  /** The app that runs: the learner's, or a finished step's. */
  step: string;
  tenant: string;
  /** A real tenant, which the workshop did not start. */
  real: boolean;
  api: string;
  /** Whether the learner's API serves there, not the workshop's. */
  ownApi?: boolean;
  /** Identity providers, if tenant.yaml has connections. */
  providers?: { social: string; saml: string } | undefined;
}

/** The table of `npm start`, at most 100 columns wide: what to open, who can log in, what to type next. */
export function table(
  { guide, app, authority, step, tenant, real, api, ownApi, providers }: Running,
  env: NodeJS.ProcessEnv = commandContext().env,
): string {
  const web = elsewhere(localPorts([app, guide, tenant, api, providers?.social, providers?.saml]), env);
  const users = DEMO_USERS.map(({ email, password }) => `${email}  password: ${password}`);
  const rows: [string, string[]][] = [
    ['Open', [`${guide}/  the guide: lessons, checks, the messages on the wire`]],
    ['Log in as', real ? ['a user of your own tenant'] : users],
    ['App', [`${app}  (${step})`, ...(authority ? [TRUST, authority] : [])]],
    ['Tenant', [`${tenant}  ${real ? '(your .env says so)' : 'shows what each application can request'}`]],
    ['API', [`${api}/appointments${ownApi ? '  (yours, my-app/api)' : ''}`]],
    ...(providers ? [others(providers)] : []),
    ['Stop', ['Ctrl-C']],
    ...(web ? [row('Here', [...wrapped(`${web.seen} ${web.fix}`), web.command])] : []),
    ['Next', ['open the guide. For the commands, run: npm run workshop -- --help']],
  ];
  const lines = rows.flatMap(([label, texts]) =>
    texts.map((text, i) => `  ${(i === 0 ? label : '').padEnd(10)} ${text}`),
  );
  return `\nCall Your API is running.\n\n${lines.join('\n')}\n\n`;
}

const others = ({ social, saml }: { social: string; saml: string }): [string, string[]] => [
  'Others',
  [`${social}  Gaggle, a social provider`, `${saml}  Larkfield Clinic, a SAML identity provider`],
];

const row = (label: string, texts: string[]): [string, string[]] => [label, texts];

const wrapped = (text: string): string[] =>
  (text.match(new RegExp(`.{1,${WIDTH}}(?: |$)`, 'g')) ?? []).map((line) => line.trimEnd());
