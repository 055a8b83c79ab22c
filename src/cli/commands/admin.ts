import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { ROLE_NAMES, ROLES } from '../../access/roles.ts';
import type { OfferedLink, ShownPerson } from '../../api/access.ts';
import { printable } from '../../core/text.ts';
import { dataOption } from '../data-option.ts';
import { askServer, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

interface AdminOptions {
  readonly data?: string;
  readonly role?: string;
}

const roles = ROLE_NAMES.map((role) => `${role}: ${ROLES[role].for}`).join('\n  ');

/** `spoor admin`: accounts, through the local socket: whoever owns the data folder can always come in. */
export default {
  name: 'admin',
  register(program: Command, exit: (code: number) => void) {
    const admin = program
      .command('admin')
      .description('accounts of people: links to make them and to set passwords anew, roles, who has one')
      .addHelpText('after', `\nRoles:\n  ${roles}`);
    const sub = (usage: string, description: string, work: (options: AdminOptions, name?: string) => Promise<string>) =>
      dataOption(admin.command(usage).description(description)).action(async (...args: unknown[]) => {
        const [name, options] = args.length === 3 ? [args[0] as string | undefined, args[1]] : [undefined, args[0]];
        process.stdout.write(await work(options as AdminOptions, name));
        exit(0);
      });
    sub(
      'link [name]',
      'print a link, which holds once and for 24 hours: for a new admin, or so that NAME sets password and second factor anew',
      async (options, name) => offered((await ask(options, '/link', { name })) as OfferedLink),
    );
    sub('add <name>', 'add somebody, and print the link by which he sets his password', async (options, name) =>
      offered(((await ask(options, '', { name, role: options.role })) as { link: OfferedLink }).link),
    ).requiredOption('--role <role>', `what he may do: ${ROLE_NAMES.join(', ')}`);
    sub('role <name>', 'give somebody another role; he signs in anew', async (options, name) =>
      told((await ask(options, '/role', { name, role: options.role })) as ShownPerson),
    ).requiredOption('--role <role>', `what he may do: ${ROLE_NAMES.join(', ')}`);
    sub('disable <name>', 'let somebody in no more; his sessions and tokens end at once', async (options, name) =>
      told((await ask(options, '/disable', { name })) as ShownPerson),
    );
    sub('enable <name>', 'let somebody in again', async (options, name) =>
      told((await ask(options, '/enable', { name })) as ShownPerson),
    );
    sub('people', 'who has an account', async (options) => {
      const { people } = (await askServer(layoutOf(options.data), 'GET', '/api/v1/people')) as {
        people: ShownPerson[];
      };
      return people.map(told).join('') || 'nobody has an account: spoor admin link makes the first\n';
    });
  },
} satisfies CliCommand;

function ask(
  { data }: AdminOptions,
  path: string,
  said: Readonly<Record<string, string | undefined>>,
): Promise<unknown> {
  const query = new URLSearchParams({ who: `${userInfo().username}@server` });
  for (const [key, value] of Object.entries(said)) if (value !== undefined) query.set(key, value);
  return askServer(layoutOf(data), 'POST', `/api/v1/people${path}?${query}`);
}

function offered({ url, expires }: OfferedLink): string {
  process.stderr.write(`spoor: the link holds once, until ${expires.slice(0, 16)}Z\n`);
  return `${url}\n`;
}

function told({ name, role, disabled, hasPassword, hasTotp }: ShownPerson): string {
  const ways = [hasPassword ? 'password' : 'no password yet', ...(hasTotp ? ['authenticator'] : [])].join(', ');
  return `${printable(`${name.padEnd(24)} ${(role ?? 'none').padEnd(9)} ${ways}${disabled === null ? '' : ', disabled'}`, 200)}\n`;
}
