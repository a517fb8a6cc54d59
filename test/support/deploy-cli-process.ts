import path from 'node:path';

/**
 * A program of its own: Auth0's deploy-cli by the functions behind its commands. It does one after the other what its parent asks for,
 * {command, params}, and answers {} or {error}. In a process of its own, since only there NODE_EXTRA_CA_CERTS counts.
 */
const lib = path.dirname(require.resolve('auth0-deploy-cli'));

require('./deploy-cli-schema.js');

// It waits seconds for what it wrote to be in force. Here that is so at once, or an import fails.
const utils = require(path.join(lib, 'tools/utils')) as { sleep: () => Promise<void> };
utils.sleep = async () => {};

type Command = (params: object) => Promise<void>;
const commands: Record<string, Command> = {
  import: (require(path.join(lib, 'commands/import')) as { default: Command }).default,
  export: (require(path.join(lib, 'commands/export')) as { default: Command }).default,
};

process.on('message', ({ command, params }: { command: string; params: object }) => {
  commands[command]?.(params).then(
    () => process.send?.({}),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.send?.({});
