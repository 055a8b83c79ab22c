import type { Command } from 'commander';
import { IANA_BOOTSTRAP } from '../enrichers/rdap/iana.ts';
import type { EvidenceOptions } from './evidence.ts';

/** What `--abuse` and its companions are told. */
export interface AbuseOptions extends Pick<EvidenceOptions, 'tz' | 'keep' | 'source'> {
  readonly abuse?: string;
  readonly reporter?: string;
  readonly reporterOrg?: string;
  readonly rdap?: true;
  readonly rdapBootstrap?: string;
}

/** Adds the options of `AbuseOptions` to a command. */
export function abuseOptions(command: Command): Command {
  return command
    .option('--abuse <folder>', 'write drafts of abuse reports into this folder: a letter and XARF for each network')
    .option('--reporter <name and mail>', 'who reports, as "Name <mail@your.domain>"; XARF cannot be without')
    .option('--reporter-org <name>', 'the organisation that reports (default: the name)')
    .option('--rdap', 'ask the registries of addresses whom to write to; they learn which addresses you ask about')
    .option('--rdap-bootstrap <url>', `where the registries are listed (default: ${IANA_BOOTSTRAP})`);
}

/** Is any of them given? What they need is loaded only then. */
export function asksForDrafts({ abuse, reporter, reporterOrg, rdap, rdapBootstrap }: AbuseOptions): boolean {
  return [abuse, reporter, reporterOrg, rdap, rdapBootstrap].some((given) => given !== undefined);
}
