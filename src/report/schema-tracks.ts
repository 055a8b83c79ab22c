import * as z from 'zod';
import { confidence, evidence, instant, place } from './schema-words.ts';

const reasons = z.array(z.string()).describe('Why, the strongest first.');

/** Addresses that act as one. */
export const campaignSchema = z
  .strictObject({
    id: z.string().describe('Its name within this document; the weightiest is c1.'),
    kind: z
      .enum(['guessing', 'web', 'scan', 'flood'])
      .describe(
        '`guessing`: names and passwords; `web`: requests that probe or attack; `scan`: connections that come and go; `flood`: more than the service could bear.',
      ),
    addresses: z.array(z.string()).describe('Every address of it, in the order of numbers.'),
    cidrs: z.array(z.string()).describe('The same as networks to block: 99 % of them or more, 1 % others or less.'),
    networks: z.number().describe('Autonomous systems that they lie in (where unknown: /16, /32 of IPv6).'),
    countries: z.array(z.string()).describe('ISO 3166-1 alpha-2, most addresses first.'),
    first: instant('First seen.'),
    last: instant('Last seen.'),
    attempts: z.number().describe('Failed logins, requests or connections, all together.'),
    mostOfOne: z.number().describe('Most attempts of any one address.'),
    names: z.array(z.string()).describe('Names tried, in their common order; at most 64.'),
    namesTotal: z.number().describe('How many names.'),
    client: z.string().describe('What the client says of itself; empty when it does not.'),
    hosts: z.array(z.string()).describe('Hosts that it came to.'),
    entries: z.array(z.string()).describe('Logins (`entries`) that its addresses made.'),
    reasons,
    confidence: confidence('How sure it is that they are one.'),
    evidence,
  })
  .describe('Addresses that act as one.');

const end = z
  .strictObject({
    host: z.string().describe('Its name; empty when unknown.'),
    address: z.string().describe('Its address; empty when unknown.'),
    user: z.string().describe('The account; empty when unknown.'),
    session: z.string().nullable().describe('The session (`sessions`); null: seen in no log.'),
    logs: z.boolean().describe('Are logs of this host at hand?'),
  })
  .describe('One end of a hop.');

/** A session on one host that opened a session on another. */
export const hopSchema = z
  .strictObject({
    id: z.string().describe('Its name within this document.'),
    chain: z.number().describe('Which chain it belongs to.'),
    depth: z.number().describe('Its place in the chain: 1 is the way in from outside.'),
    after: z.string().nullable().describe('The hop that led to its source; null for the first.'),
    entry: z.string().nullable().describe('The login (`entries`) that it made, where it is thought an intruder’s.'),
    from: end,
    to: end,
    at: instant('When, by the clock of the host that was entered.'),
    method: z.string().describe('`password`, `publickey`, …; empty when unknown.'),
    key: z.string().describe('Fingerprint of the key; empty without one.'),
    port: z.number().nullable().describe('Port of the source.'),
    skewSeconds: z.number().nullable().describe('The target’s clock minus the source’s; null when unknown.'),
    confidence: confidence('How sure the link is.'),
    reasons,
    evidence,
  })
  .describe('A session on one host that opened a session on another; or the way in that begins a chain.');

/** An outside address that affected hosts talk to and quiet ones do not. */
export const controllerSchema = z
  .strictObject({
    address: z.string().describe('The outside address.'),
    place,
    score: z.number().describe('0 to 1: how much it stands out.'),
    affected: z.array(z.string()).describe('Affected hosts that talk to it.'),
    quiet: z.array(z.string()).describe('Other hosts that do as well.'),
    ports: z.array(z.number()).describe('Ports of it.'),
    first: instant('First seen.'),
    last: instant('Last seen.'),
    connections: z.number().describe('How many connections.'),
    period: z.number().nullable().describe('Seconds between connections, where they are regular.'),
    reasons,
    evidence,
  })
  .describe('An outside address that affected hosts talk to and quiet ones do not.');

/** Part of the answer to "why me?". */
export const motiveSchema = z
  .strictObject({
    kind: z
      .enum(['sought', 'aim', 'invited'])
      .describe('`sought`: what they were after; `aim`: aimed or not; `invited`: what made it easy.'),
    title: z.string().describe('In a few words.'),
    detail: z.string().describe('In a sentence.'),
    mend: z.string().describe('What to do about it; empty when there is nothing.'),
    hosts: z.array(z.string()).describe('Where.'),
    count: z.number().describe('How many times it shows.'),
    confidence: confidence('How sure.'),
    evidence,
  })
  .describe('Part of the answer to “why me?”.');
