import { formatNote, type NoteSignature, type SignedNote, splitNote } from '../core/tlog/note.ts';
import { type Disk, readWhole, writeWhole } from './disk.ts';
import { CHECKPOINT } from './seal.ts';

/**
 * The last checkpoint that met the policy. `checkpoint`, the newest, is signed every second and may still wait for its witnesses, so
 * who asks for a quorum looks at this one.
 */
export const COSIGNED = 'cosigned';

/** That checkpoint as it stands; null before the first. */
export async function lastCosigned(disk: Disk): Promise<string | null> {
  return (await disk.exists(COSIGNED)) ? (await readWhole(disk, COSIGNED)).toString('utf8') : null;
}

/** A note with more signatures under it: those that stand there stay first, none stands there twice. */
export function withSignatures({ text, signatures }: SignedNote, more: readonly NoteSignature[]): SignedNote {
  const fresh = more.filter(({ name, id }) => !signatures.some((have) => have.name === name && have.id === id));
  return { text, signatures: [...signatures, ...fresh] };
}

/** Puts witnesses' signatures under the published checkpoint, when it still has this text. Resolves with what is published. */
export async function publishCosignatures(
  disk: Disk,
  checkpoint: string,
  text: string,
  signatures: readonly NoteSignature[],
): Promise<string> {
  const note = splitNote(checkpoint);
  if (note.text !== text) return checkpoint; // sealed anew meanwhile
  const merged = formatNote(withSignatures(note, signatures));
  await writeWhole(disk, CHECKPOINT, [Buffer.from(merged)]);
  return merged;
}
