import * as z from 'zod';
import type { Story } from '../trace/story.ts';
import { attackerSchema, entrySchema, findingSchema, missingSchema, sessionSchema } from './schema-parts.ts';
import { campaignSchema, controllerSchema, hopSchema, motiveSchema } from './schema-tracks.ts';
import { confidence, instant } from './schema-words.ts';

const action = z
  .strictObject({
    kind: z
      .enum([
        'preserve',
        'lock_account',
        'remove_account',
        'remove_key',
        'block',
        'change_password',
        'inspect',
        'collect',
        'report',
      ])
      .describe('What to do.'),
    host: z.string().describe('Where; empty for all hosts.'),
    target: z.string().describe('To what: an account, a file, an address, a host.'),
    reason: z.string().describe('Why.'),
    command: z.string().describe('A shell command that does it; empty when there is none.'),
  })
  .describe('One thing to do now.');

const input = z
  .strictObject({
    path: z.string().describe('Path as handed in; members of a container follow `!/`.'),
    source: z.string().describe('Whose evidence it is (--source); empty for one’s own.'),
    container: z.string().nullable().describe('Path of the container that holds it.'),
    size: z.number().describe('Bytes of its content.'),
    mtime: instant('Its time of last change.'),
    sha256: z.string().describe('SHA-256 in hex of the file as handed in (of the container, for a member).'),
    lines: z.number().describe('Lines (records, for binary logs) read.'),
    events: z.number().describe('Events told by them.'),
    unparsed: z.number().describe('Lines that nothing could read.'),
    envelopeOnly: z.number().describe('Lines of which only the syslog envelope was read.'),
    parsers: z.record(z.string(), z.number()).describe('Events by the parser that read them.'),
    hosts: z.array(z.string()).describe('Hosts that its lines name.'),
    from: instant('Earliest event.'),
    to: instant('Latest event.'),
    refused: z.string().nullable().describe('Why it was not read, or not to its end; null when it was.'),
    samples: z
      .array(
        z.strictObject({
          line: z.number().describe('1-based line.'),
          raw: z.string().describe('The line as it stood.'),
        }),
      )
      .describe('Some of the lines that nothing could read.'),
  })
  .describe('Custody of one input, and what was read from it.');

const host = z
  .strictObject({
    host: z.string().describe('Its name.'),
    from: instant('Earliest event.'),
    to: instant('Latest event.'),
    events: z.number().describe('How many events it wrote.'),
  })
  .describe('One host that wrote.');

const totals = z
  .strictObject({
    files: z.number().describe('Inputs, containers opened.'),
    bytes: z.number().describe('Bytes read.'),
    lines: z.number().describe('Lines read.'),
    events: z.number().describe('Events told by them, repeats unfolded.'),
    unparsed: z.number().describe('Lines that nothing could read.'),
    attackers: z.number().describe('Attacking addresses, listed or not.'),
    sessions: z.number().describe('Sessions, listed or not.'),
    failures: z.number().describe('Failed logins.'),
    hostileRequests: z.number().describe('Hostile requests of all attackers, listed or not.'),
    webFailures: z.number().describe('Their wrong logins to web pages.'),
    outOfRange: z.number().describe('Lines before --since or after --until.'),
    seconds: z.number().describe('How long the investigation took.'),
  })
  .describe('Counts over all that was read.');

const live = z
  .strictObject({
    origin: z.string().describe('Name of the ledger. Each `line` of a citation is the index of a record of it.'),
    since: z.string().describe('Beginning of the time asked for, RFC 3339.'),
    until: z.string().nullable().describe('Its end; null where it is open.'),
    host: z.string().describe('The host whose lines alone were asked for; empty for all.'),
    sender: z.string().describe('The sender whose lines alone were asked for; empty for all.'),
    records: z.number().describe('Records of the ledger that were read.'),
    missing: z.array(z.string()).describe('Complete but for this; empty: nothing is known to be missing.'),
  })
  .describe('What of a server’s store was read (--live).');

/** The document of `--json`, version 1: a `Story`, each key with its meaning. */
export const storySchema = z
  .strictObject({
    schema: z
      .literal('spoor.investigation/1')
      .describe('Name and version of this form. A key never changes its meaning within a version.'),
    case: z.string().describe('Name of the case (--case); empty without one.'),
    verdict: z
      .enum(['breached', 'attacked', 'quiet', 'cannot_tell'])
      .describe(
        '`breached`: somebody got in; `attacked`: tried, and did not; `quiet`: neither; `cannot_tell`: the logs do not say.',
      ),
    confidence: confidence('How sure the verdict is.'),
    reasons: z.array(z.string()).describe('Why, in plain words, the weightiest first.'),
    partial: z.boolean().describe('The run was ended before all was read.'),
    from: instant('Earliest event.'),
    to: instant('Latest event.'),
    zone: z.string().describe('Zone that stamps without one were read in.'),
    entries: z.array(entrySchema).describe('Logins that an intruder is thought to have made.'),
    sessions: z.array(sessionSchema).describe('Logins with what was done in them.'),
    attackers: z.array(attackerSchema).describe('Attacking addresses, the worst first, at most --top.'),
    campaigns: z.array(campaignSchema).describe('Addresses that act as one, the weightiest first.'),
    hops: z.array(hopSchema).describe('How the intruder went from host to host, each chain in its order.'),
    controllers: z
      .array(controllerSchema)
      .describe('Outside addresses that affected hosts talk to, the likeliest first.'),
    findings: z.array(findingSchema).describe('What a person should know.'),
    missing: z.array(missingSchema).describe('Holes in the evidence.'),
    motives: z
      .array(motiveSchema)
      .describe('Why you: what they were after, and what invited them, most useful mending first.'),
    actions: z.array(action).describe('What to do now, in this order.'),
    hosts: z.array(host).describe('Hosts that wrote.'),
    inputs: z.array(input).describe('Everything handed in.'),
    totals,
    block: z.array(z.string()).describe('Addresses and networks (CIDR) to block.'),
    geo: z
      .array(z.string())
      .describe('Where places and networks come from, with the attribution that the licences ask for.'),
    live: live.optional().describe('Only with --live: `inputs` are then streams, and lines are indexes of records.'),
  })
  .describe('What an investigation found.');

/** Without `readonly`, all the way down: zod's output is mutable, a Story is not. */
export type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;
/** True when two types are the same. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile when the schema and `Story` part ways. */
const inStep: Same<Mutable<z.output<typeof storySchema>>, Mutable<Story>> = true;
void inStep;
