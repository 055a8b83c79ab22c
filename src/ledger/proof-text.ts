import { AppError } from '../core/errors.ts';
import { HASH_BYTES, leafHash, provesInclusion } from '../core/tlog/merkle.ts';
import { fromBase64 } from '../core/tlog/note.ts';
import { judgeCheckpoint, type Policy, type PolicyVerdict } from '../core/tlog/policy.ts';

// A proof as a file that stands for itself: C2SP tlog-proof (draft), and the older form that `spicy` of torchwood reads from
// `<record>.spicy`, which lacks the first line.

const FIRST = 'c2sp.org/tlog-proof@v1\n';
const MAX_HASHES = 63;

/** That an entry is in a log, with all that it takes to check it. */
export interface EntryProof {
  readonly index: bigint;
  readonly proof: readonly Buffer[];
  /** The signed checkpoint with its cosignatures. */
  readonly checkpoint: string;
  /** Bytes that nothing vouches for. */
  readonly extra?: Buffer;
}

/** The proof as `.tlog-proof`. */
export function formatTlogProof(entry: EntryProof): string {
  const extra = entry.extra === undefined ? '' : `extra ${entry.extra.toString('base64')}\n`;
  return `${FIRST}${extra}${body(entry)}`;
}

/** The proof as `.spicy`. */
export function formatSpicy(entry: EntryProof): string {
  return body(entry);
}

function body({ index, proof, checkpoint }: EntryProof): string {
  return `index ${index}\n${proof.map((hash) => `${hash.toString('base64')}\n`).join('')}\n${checkpoint}`;
}

/** Reads either form. Throws E_MALFORMED; nothing is proved yet. */
export function parseEntryProof(text: string): EntryProof {
  const named = text.startsWith(FIRST);
  const rest = named ? text.slice(FIRST.length) : text;
  const end = rest.indexOf('\n\n');
  if (end < 0) throw new AppError('E_MALFORMED', 'the proof has no empty line before its checkpoint');
  const lines = rest.slice(0, end).split('\n');
  const extra =
    named && lines[0]?.startsWith('extra ') ? fromBase64((lines.shift() as string).slice(6), 'extra') : null;
  const [first = '', ...hashes] = lines;
  const index = /^index (?<n>0|[1-9]\d{0,18})$/.exec(first)?.groups?.['n'];
  if (index === undefined) throw new AppError('E_MALFORMED', 'the proof has no line "index <number>"');
  if (hashes.length > MAX_HASHES) throw new AppError('E_MALFORMED', `the proof has over ${MAX_HASHES} hashes`);
  const proof = hashes.map((line) => fromBase64(line, 'a hash of the proof'));
  if (proof.some(({ length }) => length !== HASH_BYTES))
    throw new AppError('E_MALFORMED', 'a hash of the proof is not 32 bytes');
  return { index: BigInt(index), proof, checkpoint: rest.slice(end + 2), ...(extra && { extra }) };
}

/**
 * Checks that a proof holds for an entry's bytes: checkpoint signed by a log of the policy, quorum met, entry under its root. Throws
 * E_TAMPERED, E_MALFORMED. Gives who witnessed it.
 */
export function checkEntryProof(
  { index, proof, checkpoint }: EntryProof,
  entry: Uint8Array,
  policy: Policy,
): PolicyVerdict {
  const verdict = judgeCheckpoint(checkpoint, policy);
  if (!verdict.met)
    throw new AppError(
      'E_TAMPERED',
      `too few witnesses cosigned the checkpoint; missing: ${verdict.missing.join(', ')}`,
    );
  const { size, root } = verdict.checkpoint;
  if (!provesInclusion(index, size, leafHash(entry), proof, root))
    throw new AppError('E_TAMPERED', `the entry is not record ${index} of the log of ${size}`);
  return verdict;
}
