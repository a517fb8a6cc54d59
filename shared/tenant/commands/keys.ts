import type { Command } from 'commander';
import { out } from '../../lib/terminal';
import { revokePreviousKey, rotateKeys } from '../keys/key-file';

/** A running tenant follows within a second; APIs store keys for a while. */
const ONCE_READ =
  'once an API reads the keys again: the workshop’s own within ten minutes, or when it starts again';

/** `rotate-keys` and `revoke-key` change the data folder, which a running tenant watches.
 * @param folder the data folder. */
export function addKeyCommands(program: Command, folder: () => string): void {
  program
    .command('rotate-keys')
    .description('signs with the next key from now on; tokens of the current one remain valid')
    .option('--revoke-previous', 'also ends the key that signed until now, with all tokens that it signed')
    .action(async (flags: { revokePrevious?: boolean }) => {
      const { current, next, previous } = await rotateKeys(folder(), {
        revoke: flags.revokePrevious ?? false,
      });
      const lines = [`signs now:  ${current}`, `next:       ${next}`];
      lines.push(
        previous
          ? `previous:   ${previous}, still published; npm run -s tenant -- revoke-key ends it`
          : `The key that signed until now is no longer published: what it signed is refused ${ONCE_READ}.`,
      );
      out(`${lines.join('\n')}\n`);
    });
  program
    .command('revoke-key')
    .description('ends the previous key: what it signed is refused, as soon as an API reads the keys again')
    .action(async () => {
      const revoked = await revokePreviousKey(folder());
      out(
        revoked
          ? `${revoked} is no longer published: what it signed is refused ${ONCE_READ}.\n`
          : 'There is no previous key: nothing was rotated yet, or it was revoked before.\n',
      );
    });
}
