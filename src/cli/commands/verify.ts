import type { Command } from 'commander';
import { counted, printable } from '../../core/text.ts';
import { remoteLog } from '../../ledger/remote.ts';
import { isStaticTree, staticTree } from '../../ledger/static-tree.ts';
import { type Verdict, verifyServed } from '../../ledger/verdict.ts';
import { verifyFolder } from '../../ledger/verify-folder.ts';
import { ANY_LEDGER, type LedgerOptions, ledgerArguments, onLedger } from '../about-ledger.ts';
import { keysOfFolder } from '../key-file.ts';
import {
  fileText,
  forget,
  isUrl,
  type Trust,
  type TrustOptions,
  tokenOf,
  trustFor,
  trustOptions,
} from '../log-trust.ts';
import type { CliCommand } from './index.ts';

interface Options extends TrustOptions, LedgerOptions {
  readonly since: readonly string[];
  readonly memory: boolean;
  readonly forget?: true;
  readonly json?: true;
}

const TAMPERED = 65; // as E_TAMPERED
const UNCHECKED = 77; // as E_UNREADABLE

/** `spoor verify`: is all that a log holds as it was sealed? */
export default {
  name: 'verify',
  register(program: Command, exit: (code: number) => void) {
    const command = ledgerArguments(program.command('verify'), ANY_LEDGER).description(
      'check that a ledger’s records are all there, and are what was sealed',
    );
    trustOptions(command)
      .option(
        '--since <file>',
        'an earlier checkpoint that the log must continue',
        (value, all: string[]) => [...all, value],
        [],
      )
      .option('--no-memory', 'neither use nor keep what this user’s verifier remembers')
      .option('--forget', 'first forget what is remembered of a log of this name: its keys, and how far it was')
      .option('--json', 'print the verdict as one JSON document');
    onLedger(command, exit, verify);
  },
} satisfies CliCommand;

async function verify(where: string, options: Options): Promise<number> {
  const forgotten = options.forget ? forget(where, options).map(({ id }) => id) : [];
  const trust = trustFor(where, options);
  const since = options.since.map((path) => ({ name: `the checkpoint in ${path}`, note: fileText(path) }));
  const expected = { ...trust, remembered: [...trust.remembered, ...since], onProgress: progress() };
  const found = await verdictOn(where, expected, options);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const whole = found.problems.length === 0 && found.unchecked === null;
  const kept = whole ? trust.remember(found.origin, found.checkpoint) : null;
  const forgot =
    forgotten.length === 0 ? [] : [`the log of this name with the key ${forgotten.join(', ')} was forgotten`];
  const verdict = {
    ...found,
    remarks: [...forgot, ...trust.remarks, ...found.remarks, ...(kept === null ? [] : [kept])],
  };
  process.stdout.write(options.json ? `${JSON.stringify(verdict, null, 2)}\n` : verdictText(verdict));
  return whole ? 0 : verdict.problems.length > 0 ? TAMPERED : UNCHECKED;
}

async function verdictOn(where: string, trust: Trust, options: Options): Promise<Verdict> {
  const token = tokenOf(options);
  if (isUrl(where)) return verifyServed(remoteLog(where, token === null ? {} : { token }), trust);
  return (await isStaticTree(where))
    ? verifyServed(staticTree(where), trust)
    : verifyFolder(where, trust, keysOfFolder(where, options));
}

/** How far it is, on a terminal, twice a second. */
function progress(): (read: number, size: number) => void {
  let next = Date.now() + 1000;
  return (read, size) => {
    if (!process.stderr.isTTY || Date.now() < next) return;
    next = Date.now() + 500;
    process.stderr.write(`\r${read.toLocaleString('en')} of ${counted(size, 'record')}\x1b[K`);
  };
}

const SHOWN = 40;

function headline({ origin, size, minimum, streams, problems, unchecked }: Verdict): string {
  if (problems.length > 0) return ` TAMPERED   ${origin}: ${counted(problems.length, 'thing')} not as sealed`;
  if (unchecked !== null) return ` ENCRYPTED  ${origin}: NOT verified; what needs no key is as it was sealed`;
  const kept = minimum === 0 ? counted(size, 'record') : `records ${minimum} to ${size - 1}`;
  return ` INTACT     ${origin}: ${kept} of ${counted(streams, 'stream')}, all as they were sealed`;
}

/** The verdict as a screen. */
function verdictText(verdict: Verdict): string {
  const { unsealed, problems, remarks, witnessedBy, root, unchecked } = verdict;
  const witnesses = witnessedBy.map(({ name, seconds }) => `${name} at ${new Date(seconds * 1000).toISOString()}`);
  const lines = [
    headline(verdict),
    `            root ${root}`,
    `            cosigned by ${witnesses.join(', ') || 'no witness that is known here'}`,
    ...(unsealed > 0
      ? [` Not sealed ${counted(unsealed, 'record')} behind the checkpoint: nothing proves them yet`]
      : []),
    ...(unchecked === null ? [] : [` Unchecked  ${unchecked}`]),
    ...problems.slice(0, SHOWN).map(({ where, what }) => ` Bad        ${where}: ${what}`),
    ...(problems.length > SHOWN ? [`            and ${problems.length - SHOWN} more: --json lists them`] : []),
    ...remarks.slice(0, SHOWN).map((remark) => ` Note       ${remark}`),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}
