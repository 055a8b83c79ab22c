import * as z from 'zod';
import { canonicalIp } from '../../core/ip.ts';
import { defineQuery, whole } from '../query.ts';
import { EVENT_COLUMNS, storedEvent } from '../stored-event.ts';
import { NO_ACT } from './acts.ts';

const TOKEN = /[A-Za-z0-9\u0080-\u{10ffff}]+/gu; // as the engine's splitByNonAlpha cuts them
const MOST_TOKENS = 60; // the engine takes 64; what is beyond is compared as text
const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()); // ASCII only, as the engine's lower()

const params = z.strictObject({
  /** Each must be in the message, as whole words in this order; letters of either case. */
  words: z.array(z.string().min(1).max(1000)).max(50).default([]),
  /** An address, as source or destination. */
  ip: z
    .string()
    .refine((text) => canonicalIp(text) !== null, 'not an address')
    .optional(),
  /** An account: who acts, as whom, or on whom. */
  user: z.string().max(1000).optional(),
  host: z.string().max(255).optional(),
  program: z.string().max(255).optional(),
  action: z.string().max(255).optional(),
  outcome: z.enum(['success', 'failure', 'unknown']).optional(),
  /** Event time in [fromUs, toUs), microseconds since 1970. */
  fromUs: whole.optional(),
  toUs: whole.optional(),
  limit: z.int().min(1).max(10_000).default(100),
});
type Params = z.output<typeof params>;

const isToken = (word: string) => word.match(TOKEN)?.[0] === word;
const phrasesOf = ({ words }: Params) => words.map(lower).filter((word) => !isToken(word));

// Words that are one token first: they are looked for in no other way.
function tokensOf(params: Params): string[] {
  const ofPhrases = phrasesOf(params).flatMap((phrase) => phrase.match(TOKEN) ?? []);
  return [...new Set([...params.words.map(lower).filter(isToken), ...ofPhrases])].slice(0, MOST_TOKENS);
}

/** Each filter, and the condition that stands for it. */
const CONDITIONS: readonly (readonly [is: (params: Params) => boolean, sql: string])[] = [
  [(given) => tokensOf(given).length > 0, 'hasAllTokens(lower(message), {tokens:Array(String)})'],
  [
    (given) => phrasesOf(given).length > 0,
    'arrayAll(phrase -> position(lower(message), phrase) > 0, {phrases:Array(String)})',
  ],
  [({ ip }) => ip !== undefined, 'has([source_ip, destination_ip], toIPv6({ip:String}))'],
  [({ user }) => user !== undefined, 'has([user_name, user_effective, user_target], {user:String})'],
  [({ host }) => host !== undefined, 'host = {host:String}'],
  [({ program }) => program !== undefined, 'program = {program:String}'],
  [({ action }) => action !== undefined, 'action = {action:String}'],
  [({ outcome }) => outcome !== undefined, 'outcome = {outcome:String}'],
  [({ fromUs }) => fromUs !== undefined, "ts >= fromUnixTimestamp64Micro({fromUs:Int64}, 'UTC')"],
  [({ toUs }) => toUs !== undefined, "ts < fromUnixTimestamp64Micro({toUs:Int64}, 'UTC')"],
];

/** Events that hold all words and pass all filters, newest first by their own time; but for what people did here. */
export const search = defineQuery({
  params,
  sql: (table, given) => `
    SELECT ${EVENT_COLUMNS}
    FROM ${table('events')}
    WHERE ${[NO_ACT, ...CONDITIONS.flatMap(([is, sql]) => (is(given) ? [sql] : []))].join(' AND ')}
    ORDER BY ts DESC, first DESC, sub DESC
    LIMIT {limit:UInt32}`,
  bind: (given) => {
    const { words: _, ip, ...rest } = given;
    const address = ip === undefined ? undefined : canonicalIp(ip);
    return { ...rest, ip: address, tokens: tokensOf(given), phrases: phrasesOf(given) };
  },
  row: storedEvent,
});
