import { AppError } from '../../core/errors.ts';
import { type Disk, readWhole, writeWhole } from '../disk.ts';

/** Says that a ledger's folder is encrypted at rest, and names the key that is in use. A record of the log says the same. */
export const AT_REST = 'at-rest';

const TEXT = /^at-rest=aes-256-gcm\nkey=(?<id>[0-9a-f]{16})\n$/;

/** What is stated, in the file and as payload of a `conf` record, when a key comes into use. */
export function statementOf(id: string): string {
  return `at-rest=aes-256-gcm\nkey=${id}\n`;
}

/** The id of the key that a statement names; null for another text. */
export function statedKey(text: string): string | null {
  return TEXT.exec(text)?.groups?.['id'] ?? null;
}

/** The id of the key that is in use; null for a folder that is not encrypted. Throws E_TAMPERED for a file that is not as it was written. */
export async function markedKey(disk: Disk): Promise<string | null> {
  if (!(await disk.exists(AT_REST))) return null;
  const id = statedKey((await readWhole(disk, AT_REST)).toString('latin1'));
  if (id === null) throw new AppError('E_TAMPERED', `${AT_REST} is not as it was written: spoor verify says more`);
  return id;
}

/** Puts the file in place. */
export function markKey(disk: Disk, id: string): Promise<void> {
  return writeWhole(disk, AT_REST, [Buffer.from(statementOf(id))], 0o444);
}
