import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { EnrolledHost, EnrolmentOffer } from '../../api/view.ts';
import { AppError } from '../../core/errors.ts';
import { counted, printable } from '../../core/text.ts';
import { HISTORY_SCRIPT } from '../../enroll/history-script.ts';
import { hostName } from '../../enroll/host-name.ts';
import { dataOption } from '../data-option.ts';
import { askServer, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

interface EnrollOptions {
  readonly data?: string;
  readonly show?: boolean;
  readonly history?: boolean;
  readonly list?: boolean;
  readonly revoke?: boolean;
  readonly why?: string;
}

/** `spoor enroll`: what a host needs to send its logs, and the end of that. */
export default {
  name: 'enroll',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('enroll').argument('[host]', 'name of the host: its records are known by it'))
      .description(
        'print the script that makes a host send its logs here (RELP over TLS, a key and a certificate of its own)',
      )
      .option('--show', 'print it to a terminal too: the token in it is a secret that holds once, for 24 hours')
      .option('--history', 'print the script that makes shells send what is typed (with a host: after the other)')
      .option('--list', 'who is enrolled, and until when its certificate holds')
      .option('--revoke', 'end all certificates of the host; its connections are cut')
      .option('--why <words>', 'why, for the ledger')
      .action(async (host: string | undefined, options: EnrollOptions) => {
        process.stdout.write(await run(host, options));
        exit(0);
      });
  },
} satisfies CliCommand;

async function run(host: string | undefined, options: EnrollOptions): Promise<string> {
  const layout = layoutOf(options.data);
  if (options.list) {
    const { hosts } = (await askServer(layout, 'GET', '/api/v1/hosts')) as { hosts: EnrolledHost[] };
    return hosts.map(told).join('') || 'no host is enrolled yet\n';
  }
  if (host === undefined && options.history) return HISTORY_SCRIPT;
  if (host === undefined) throw new AppError('E_USAGE', 'which host? spoor enroll HOST, or --list, or --history');
  const query = new URLSearchParams({ host: hostName(host), who: `${userInfo().username}@server` });
  if (options.revoke) {
    if (options.why !== undefined) query.set('why', options.why);
    const ended = (await askServer(layout, 'POST', `/api/v1/hosts/revoke?${query}`)) as Record<string, number>;
    return `${counted(ended['certificates'] ?? 0, 'certificate')} and ${counted(ended['tokens'] ?? 0, 'token')} of ${hostName(host)} hold no more\n`;
  }
  if (process.stdout.isTTY && !options.show)
    throw new AppError(
      'E_USAGE',
      `the script holds a secret: send it on (spoor enroll ${host} | ssh root@${host} sh), keep it (spoor enroll ${host} > spoor.sh), or print it here with --show`,
    );
  const offer = (await askServer(layout, 'POST', `/api/v1/hosts?${query}`)) as EnrolmentOffer;
  process.stderr.write(`spoor: the token for ${offer.host} holds once, until ${offer.expires}\n`);
  const script = options.history ? `${offer.script}\n${HISTORY_SCRIPT}` : offer.script;
  return process.stdout.isTTY ? pasted(script) : script;
}

/** In a form that can be pasted: an error ends the script and not the shell that it was pasted into. */
const pasted = (script: string): string =>
  `\n# ---- paste this on the host, as root ----\nsh <<'SPOOR_PASTED'\n${script}SPOOR_PASTED\n`;

function told({ host, state, issued, ends }: EnrolledHost): string {
  const words = { holds: `certificate until ${ends}`, ended: `certificate ended ${ends}`, revoked: 'revoked' }[state];
  return `${printable(`${host.padEnd(30)} ${words} (issued ${issued})`, 200)}\n`;
}
