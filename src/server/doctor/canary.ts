import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DoctorLine } from '../../api/view.ts';
import { AppError } from '../../core/errors.ts';
import { parseVerifierKey } from '../../core/tlog/note.ts';
import { checkEntryProof, formatTlogProof, parseEntryProof } from '../../ledger/proof-text.ts';
import { AuthenticTree, provenEntry } from '../../ledger/prove.ts';
import type { LedgerReader } from '../../ledger/reader.ts';
import { judgedCheckpoint, policyOf } from '../../ledger/verdict.ts';
import { EntryFeed } from '../../pipeline/entry-feed.ts';
import { openReader } from '../../pipeline/ledger-reading.ts';
import { search } from '../../store/queries/search.ts';
import { ask } from '../../store/query.ts';
import type { Server } from '../serve.ts';
import { type NoWay, type Way, wayInto } from './canary-ways.ts';
import { bad, ok, said, warn } from './line.ts';

const WITHIN_MS = 15_000;
const LOOK_MS = 250;
/** Records that are looked through for one that is not in the index. */
const LOOKED_THROUGH = 200_000;
const BLOCK = 8192;

/** Puts a line in by each source, and follows it until it is found and proven. */
export async function canaries(server: Server): Promise<DoctorLine[]> {
  const { sources } = server.options.config;
  return Promise.all(sources.map((source) => tryOne(source, server)));
}

async function tryOne(source: Server['options']['config']['sources'][number], server: Server): Promise<DoctorLine> {
  const name = source.name ?? source.type;
  const area = `canary ${name}`;
  let takeAway: (() => Promise<void>) | undefined;
  try {
    const way = await wayInto(source, server);
    if (isNone(way))
      return way.todo === '' ? ok(area, `not tried: ${way.why}`) : warn(area, `not tried: ${way.why}`, way.todo);
    const token = `canary${randomBytes(8).toString('hex')}`;
    const from = server.keeper.size;
    const began = performance.now();
    takeAway = await way.send(lineOf(way, token, name));
    return await followed(server, area, token, from, began);
  } catch (error) {
    return bad(area, `a line could not be sent: ${said(error)}`, 'spoor status, and the server’s log, say more.');
  } finally {
    await takeAway?.().catch(() => {});
  }
}

const isNone = (way: Way | NoWay): way is NoWay => 'why' in way;

/** A canary says what it is, and counts as what it is. Priority: user.info. */
function lineOf({ form }: Way, token: string, name: string): string {
  const message = `${token} a line of spoor doctor, by ${name}`;
  const at = new Date().toISOString();
  const host = hostname().replace(/[^A-Za-z0-9.-]/g, '-') || '-';
  if (form === 'message') return message;
  return form === 'file'
    ? `${at} ${host} spoor-doctor[${process.pid}]: ${message}`
    : `<14>1 ${at} ${host} spoor-doctor ${process.pid} canary - ${message}`;
}

async function followed(server: Server, area: string, token: string, from: number, began: number): Promise<DoctorLine> {
  const until = began + WITHIN_MS;
  const reader = await openReader(server.place);
  try {
    const index = await foundIn(server, token, until);
    if (index === null) return await missed(reader, area, token, from, server);
    const found = performance.now() - began;
    await proven(reader, server.ledgerKey, index, token, until);
    const words = `record ${index}: found after ${seconds(found)}, proven after ${seconds(performance.now() - began)}`;
    return ok(area, words);
  } finally {
    await reader.close();
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The ledger index of the event with this word; null when none is found in time. */
async function foundIn({ engine }: Server, token: string, until: number): Promise<number | null> {
  while (performance.now() < until) {
    const found = await ask({ client: engine.client, form: engine.form }, search, { words: [token], limit: 1 }).catch(
      () => [], // the index is away: parts say so
    );
    if (found[0] !== undefined) return found[0].first;
    await sleep(LOOK_MS);
  }
  return null;
}

/** Resolves when the record is under a signed checkpoint, and its proof was checked. */
async function proven(reader: LedgerReader, vkey: string, index: number, token: string, until: number): Promise<void> {
  const policy = policyOf([parseVerifierKey(vkey)]);
  for (;;) {
    await reader.refresh();
    const { judged, note } = await judgedCheckpoint(reader, policy);
    if (Number(judged.checkpoint.size) > index) {
      const tree = await AuthenticTree.open(reader, Number(judged.checkpoint.size), judged.checkpoint.root);
      const entry = await provenEntry(reader, tree, index);
      const proof = { index: BigInt(index), proof: await tree.inclusionProof(index), checkpoint: note };
      checkEntryProof(parseEntryProof(formatTlogProof(proof)), entry, policy);
      if (entry.includes(token)) return;
      throw new AppError('E_TAMPERED', `record ${index} is not the line that was sent`);
    }
    if (performance.now() > until)
      throw new AppError('E_UNAVAILABLE', `record ${index} is not under a signed checkpoint: the signer does not work`);
    await sleep(LOOK_MS);
  }
}

/** Where a canary stayed that was not found. */
async function missed(
  reader: LedgerReader,
  area: string,
  token: string,
  from: number,
  server: Server,
): Promise<DoctorLine> {
  const within = `within ${WITHIN_MS / 1000} s`;
  const size = await reader.refresh();
  const feed = new EntryFeed(reader, (found) => server.damage.found([found]));
  for (let at = from; at < Math.min(size, from + LOOKED_THROUGH); at += BLOCK) {
    const hit = (await feed.read(at, Math.min(size, at + BLOCK))).find(({ record }) => record.payload.includes(token));
    if (hit === undefined) continue;
    const { indexed } = server.index.position;
    const todo = 'It is safe. The index lags behind, or its engine does not work: spoor status.';
    const why =
      indexed > hit.index ? 'and is not found though the index is beyond it' : `and the index has come to ${indexed}`;
    return bad(area, `the line is record ${hit.index} of the ledger, ${why} ${within}`, todo);
  }
  return bad(
    area,
    `the line did not come in ${within}`,
    'Look at the firewall, at this source’s configuration, and at the server’s log.',
  );
}
