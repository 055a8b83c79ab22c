import { readFileSync } from 'node:fs';
import { AppError } from '../../core/errors.ts';
import { ED25519, formatVerifierKey, type VerifierKey } from '../../core/tlog/note.ts';
import { formatPolicy, type Policy, type PolicyVerdict } from '../../core/tlog/policy.ts';
import { checkEntryProof } from '../proof-text.ts';
import { AuthenticTree } from '../prove.ts';
import type { LedgerSource } from '../source.ts';
import { provingCheckpoint } from '../verdict.ts';
import { type Anchored, anchorsAround } from './anchored.ts';
import { DetachedPayloads } from './detached.ts';
import { type EvidenceOut, Listed } from './evidence-file.ts';
import { ProvenEntries } from './proven-entries.ts';
import { type WrittenRecord, writeRecord } from './record-files.ts';
import { selectRecords, type Wanted } from './selection.ts';
import { writeSparseTree } from './sparse-tree.ts';
import { verifyPage } from './words.ts';

/** From so many records beside each other on, the part of the static tree around them goes along. */
const TREE_FROM = 1000;
// As it lies in docs/: whoever gets evidence may compare the script with the published one.
const SCRIPT = new URL('../../../docs/evidence/verify.sh', import.meta.url);

/** By it the script knows that numbers between others may be left out. */
const SELECTION =
  'These records were picked from the log. What lies between them was left out, and nothing here says what it is.\n';

export interface ExportOptions {
  readonly wanted: Wanted;
  /** The log's keys, and whose cosignatures the evidence must carry. */
  readonly policy: Policy;
}

/** What was exported. */
export interface Exported {
  readonly records: number;
  readonly first: number;
  readonly last: number;
  /** Size of the log under the checkpoint. */
  readonly size: number;
  readonly witnessedBy: readonly string[];
}

/**
 * Writes records as evidence that stands for itself: all that it takes to check them, without us. Each was checked on the way. Rejects
 * with E_TAMPERED for what does not hold, E_NOT_FOUND when there is no such record, E_UNAVAILABLE while too few witnesses have cosigned.
 */
export async function exportEvidence(
  source: LedgerSource,
  out: EvidenceOut,
  { wanted, policy }: ExportOptions,
): Promise<Exported> {
  const last = wanted.records?.reduce((most, index) => Math.max(most, index), -1) ?? wanted.range?.last ?? -1;
  const { judged, note } = await provingCheckpoint(source, policy, last);
  if (!judged.met)
    throw new AppError(
      'E_UNAVAILABLE',
      `too few witnesses have cosigned a checkpoint that covers these records; missing: ${judged.missing.join(', ')}`,
    );
  const key = signerOf(judged, policy);
  // Where witnesses are asked is nothing for whoever gets evidence.
  const witnesses = policy.witnesses.map((witness) => ({ ...witness, url: null }));
  const evidence = { ...policy, logs: [{ key, url: null }], witnesses };
  const tree = await AuthenticTree.open(source, Number(judged.checkpoint.size), judged.checkpoint.root);
  const indexes = await selectRecords(source, tree, wanted);
  const span = { first: indexes[0] as number, last: indexes[indexes.length - 1] as number };
  const listed = new Listed(out);
  const vkey = formatVerifierKey(key);
  await listed.put('log.vkey', `${vkey}\n`);
  await listed.put('policy.txt', formatPolicy(evidence));
  await listed.put('checkpoint', note);
  const entries = new ProvenEntries(source, tree);
  const detached = new DetachedPayloads(source, entries, indexes);
  const records: WrittenRecord[] = [];
  for (const index of indexes) {
    const proof = { index: BigInt(index), proof: await tree.inclusionProof(index), checkpoint: note };
    if (records.length === 0) checkEntryProof(proof, await entries.at(index), evidence); // what we hand out, we could check
    records.push(await writeRecord(listed, entries, { ...proof, index }, detached));
  }
  const anchored = await anchorsAround(source, tree, evidence, span);
  const anchorFiles = await writeAnchors(listed, tree, anchored);
  const whole = span.last - span.first + 1 === indexes.length && indexes.length >= TREE_FROM;
  if (whole) await writeSparseTree(listed, tree, entries, { ...span, note });
  const told = { wanted, policy, vkey, judged, indexes, records, anchored, anchorFiles, tree: whole };
  if (wanted.records !== undefined) await listed.put('SELECTION', SELECTION);
  await listed.put('VERIFY.md', verifyPage(tellingOf(told)));
  await listed.put('verify.sh', readFileSync(SCRIPT));
  await listed.put('manifest.json', manifest(told));
  await listed.end();
  const witnessedBy = judged.witnessedBy.map(({ witness }) => witness.name);
  return { records: indexes.length, ...span, size: tree.size, witnessedBy };
}

/** The key that the checkpoint is signed with. */
function signerOf({ checkpoint }: PolicyVerdict, { logs }: Policy): VerifierKey {
  const key = logs.find(
    ({ key: { name, id, type } }) =>
      type === ED25519 &&
      checkpoint.note.signatures.some((signature) => signature.name === name && signature.id === id),
  )?.key;
  if (key === undefined) throw new AppError('E_TAMPERED', 'the checkpoint is not signed by a known key');
  return key;
}

/** The anchored checkpoints, receipts, and that the log continues them. Gives the files by the anchor's record. */
async function writeAnchors(
  out: Listed,
  tree: AuthenticTree,
  anchored: readonly Anchored[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const files = new Map<number, readonly string[]>();
  const proved = new Set<number>();
  for (const { index, size, checkpoint, receipt, ending } of anchored) {
    const name = `anchors/${size}-${index}`;
    if (!proved.has(size)) {
      const proof = await consistencyOf(tree, size);
      if (proof === null) continue;
      await out.put(`consistency/${size}-${tree.size}.txt`, proof);
      proved.add(size);
    }
    const names = [`${name}.checkpoint`];
    await out.put(`${name}.checkpoint`, checkpoint);
    if (ending !== 'checkpoint') {
      names.push(`${name}.${ending}`);
      await out.put(`${name}.${ending}`, receipt);
    }
    files.set(index, names);
  }
  return files;
}

async function consistencyOf(tree: AuthenticTree, old: number): Promise<string | null> {
  try {
    const hashes = await tree.consistencyProof(old);
    return `consistency ${old} ${tree.size}\n${hashes.map((hash) => `${hash.toString('base64')}\n`).join('')}`;
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_NOT_FOUND') return null; // its records were given up since
    throw error;
  }
}

interface Made {
  readonly wanted: Wanted;
  readonly policy: Policy;
  readonly vkey: string;
  readonly judged: PolicyVerdict;
  readonly indexes: readonly number[];
  readonly records: readonly WrittenRecord[];
  readonly anchored: readonly Anchored[];
  readonly anchorFiles: ReadonlyMap<number, readonly string[]>;
  readonly tree: boolean;
}

function tellingOf({ wanted, policy, judged, records, anchored, anchorFiles, ...made }: Made) {
  const streams = new Map<string, { first: number; last: number; left: number }>();
  for (const { index, fields } of records) {
    const { stream, seq } = fields;
    if (stream === undefined) continue;
    const number = Number(seq);
    const known = streams.get(stream);
    const left = known === undefined ? 0 : number - known.last - 1;
    if (left < 0 || (left > 0 && wanted.records === undefined))
      throw new AppError('E_TAMPERED', `record ${index} is number ${seq} of "${stream}", after ${known?.last}`);
    streams.set(stream, { first: known?.first ?? number, last: number, left: left + (known?.left ?? 0) });
  }
  return {
    ...made,
    wanted,
    streams,
    origin: judged.checkpoint.origin,
    size: Number(judged.checkpoint.size),
    wholeStream: wanted.stream !== null && wanted.range === null && wanted.sinceUs === null && wanted.untilUs === null,
    from: records[0]?.fields['rt'] ?? '',
    to: records[records.length - 1]?.fields['rt'] ?? '',
    witnesses: judged.witnessedBy.map(({ witness, seconds }) => ({ name: witness.name, seconds: Number(seconds) })),
    missing: judged.missing,
    quorum: policy.quorum,
    anchored: anchored.filter(({ index }) => anchorFiles.has(index)),
    anchorFiles,
    gone: records.filter(({ kind, files }) => kind === 'ref' && files.length === 3).map(({ index }) => index),
    joined: records.flatMap(({ files }) => files.filter((name) => name.endsWith('.joined'))),
  };
}

function manifest({ judged, vkey, wanted, records, anchored, anchorFiles }: Made): string {
  const { origin, size, root } = judged.checkpoint;
  const document = {
    format: 'spoor-evidence/1',
    origin,
    vkey,
    size: Number(size),
    root: root.toString('hex'),
    wanted: { ...wanted, ...(wanted.records !== undefined && { records: wanted.records.length }) },
    witnesses: judged.witnessedBy.map(({ witness, seconds }) => ({ name: witness.name, seconds: Number(seconds) })),
    anchors: anchored
      .filter(({ index }) => anchorFiles.has(index))
      .map(({ index, kind, place, seconds, size: then }) => ({
        record: index,
        kind,
        place,
        seconds,
        size: then,
        files: anchorFiles.get(index),
      })),
    records,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
