import * as z from 'zod';
import { citation, confidence, evidence, instant, place, techniques } from './schema-words.ts';

const host = z.string().describe('Host on which it happened.');

/** A login that an intruder is thought to have made. */
export const entrySchema = z
  .strictObject({
    id: z.string().describe('Its name within this document.'),
    at: instant('When.'),
    host,
    user: z.string().describe('The account, as written.'),
    method: z.string().describe('`password`, `publickey`, …; empty when unknown.'),
    address: z.string().describe('Where from; empty when unknown.'),
    place,
    session: z.string().nullable().describe('Id of its session.'),
    failuresBefore: z.number().describe('Failed logins from the address, or against the account, before it.'),
    guessingSeconds: z.number().nullable().describe('Seconds from the first failure to the login.'),
    confidence: confidence('How sure it is that this was an intruder.'),
    reasons: z.array(z.string()).describe('Why it is thought so.'),
    evidence,
  })
  .describe('A login that an intruder is thought to have made.');

const step = z
  .strictObject({
    at: instant('When.'),
    kind: z
      .enum(['command', 'sudo', 'su', 'account', 'group', 'password', 'key', 'cron', 'package', 'file', 'service'])
      .describe('What kind of deed.'),
    text: z.string().describe('The command, or what was done.'),
    user: z.string().describe('Who was at the keyboard.'),
    asUser: z.string().describe('As whom it was done; empty when the same.'),
    outcome: z.enum(['success', 'failure', 'unknown']).describe('How it ended.'),
    techniques,
    evidence: citation,
  })
  .describe('One thing done inside a session.');

/** From login to logout. */
export const sessionSchema = z
  .strictObject({
    id: z.string().describe('Its name within this document.'),
    host,
    user: z.string().describe('The account, as written.'),
    service: z.string().describe('Program that let in: `sshd`, `login`, `su`, …'),
    method: z.string().describe('`password`, `publickey`, …; empty when unknown.'),
    key: z
      .strictObject({
        type: z.string().describe('`ED25519`, `RSA`, …'),
        fingerprint: z.string().describe('`SHA256:…`, or MD5 in hex.'),
      })
      .nullable()
      .describe('The key that was used.'),
    certificate: z.string().nullable().describe('Id of the certificate that was used.'),
    address: z.string().describe('Where from; empty when unknown or local.'),
    port: z.number().nullable().describe('Source port.'),
    place,
    terminal: z.string().describe('`pts/0`, `tty1`; empty when unknown.'),
    start: instant('Login.'),
    end: instant('Logout.'),
    seconds: z.number().nullable().describe('How long it lasted.'),
    state: z
      .enum(['closed', 'open', 'cut', 'no_start'])
      .describe(
        '`open`: no end in the logs; `cut`: ended by a reboot or the log’s end; `no_start`: the login line is missing.',
      ),
    root: z.boolean().describe('It acted as root.'),
    count: z.number().describe('More than 1: a routine of a machine, folded.'),
    steps: z.array(step).describe('What was done in it, or the part of it that is listed.'),
    stepsTotal: z.number().describe('How many steps there are.'),
    evidence,
  })
  .describe('From login to logout.');

/** What one address did. */
export const attackerSchema = z
  .strictObject({
    address: z.string().describe('The address, in canonical text.'),
    place,
    kinds: z
      .array(
        z.enum([
          'password_guessing',
          'name_guessing',
          'password_spraying',
          'scanner',
          'web_scan',
          'web_exploit',
          'web_guessing',
          'port_scan',
          'flood',
        ]),
      )
      .describe('What it tried.'),
    first: instant('First seen.'),
    last: instant('Last seen.'),
    failures: z.number().describe('Failed logins, repeats unfolded.'),
    successes: z.number().describe('Logins that succeeded.'),
    invalidNames: z.number().describe('Tries for names that no account has.'),
    probes: z.number().describe('Connections that ended before any login.'),
    requests: z.number().describe('Web requests.'),
    hostileRequests: z.number().describe('Web requests that are an attack by their own text.'),
    webFailures: z.number().describe('Logins to web pages that were refused, of an address that guessed at them.'),
    blockedPackets: z.number().describe('Packets that a firewall stopped.'),
    peakPer10Minutes: z.number().describe('Most failures (or requests) in any 10 minutes.'),
    names: z.array(z.string()).describe('Names tried, in the order of their first try; at most 64.'),
    namesTotal: z.number().describe('How many names were tried.'),
    hosts: z.array(z.string()).describe('Hosts that it touched.'),
    categories: z.array(z.string()).describe('Kinds of its hostile requests.'),
    successAfterFailure: z.boolean().describe('A login succeeded after failures.'),
    evidence,
  })
  .describe('What one address did.');

/** Something that a person should know. */
export const findingSchema = z
  .strictObject({
    id: z.string().describe('Its name within this document.'),
    title: z.string().describe('What it is.'),
    level: z.enum(['informational', 'low', 'medium', 'high', 'critical']).describe('How grave, in Sigma’s levels.'),
    techniques,
    at: instant('When first.'),
    host,
    session: z.string().nullable().describe('Id of the session that it belongs to.'),
    detail: z.string().describe('The particular.'),
    count: z.number().describe('How many times.'),
    evidence,
    request: z
      .strictObject({
        address: z.string().describe('Who asked.'),
        urls: z.array(z.string()).describe('Targets as they were sent, cut; one of each page, at most 6.'),
      })
      .optional()
      .describe('Of a finding about requests to a web server.'),
  })
  .describe('Something that a person should know.');

/** A hole in the evidence. */
export const missingSchema = z
  .strictObject({
    kind: z
      .enum([
        'gap',
        'ends_early',
        'rotation_missing',
        'wtmp_zeroed',
        'login_without_record',
        'record_without_login',
        'session_without_login',
        'logging_stopped',
        'history_emptied',
        'nul_run',
        'audit_gap',
        'audit_lost',
        'lines_lost',
        'truncated',
        'clock_step',
        'flooded',
        'host_unseen',
      ])
      .describe('What kind of hole.'),
    host,
    file: z.string().describe('The input in which it is, or would be.'),
    from: instant('Where it begins.'),
    to: instant('Where it ends.'),
    detail: z.string().describe('The particular.'),
    suspicion: confidence('`high`: somebody removed it; `low`: may well be innocent.'),
    evidence,
  })
  .describe('A hole in the evidence.');
