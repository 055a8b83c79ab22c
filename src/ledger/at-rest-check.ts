import { AppError } from '../core/errors.ts';
import { realDisk } from './disk.ts';
import { sealedFiles } from './secrecy/at-rest.ts';
import { AT_REST, markedKey } from './secrecy/marker.ts';
import { type Findings, tell } from './verify.ts';

/**
 * Checks that a folder says of itself whether it is encrypted, and tells what is in plain or under an older key. `stated`: ids of keys as
 * records of the log state them, oldest first; null when they could not be read.
 */
export async function checkAtRest(folder: string, stated: readonly string[] | null, findings: Findings): Promise<void> {
  const { sealed, plain } = await sealedFiles(folder);
  const ids = new Set(sealed.map(({ id }) => id));
  let marked: string | null;
  try {
    marked = await markedKey(realDisk(folder));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return tell(findings, AT_REST, 'it is not as it was written');
  }
  if (marked === null) {
    if (sealed.length > 0 || (stated?.length ?? 0) > 0)
      tell(findings, AT_REST, 'it is missing, and the ledger is encrypted: a writer would not know it');
    return;
  }
  if (!ids.has(marked)) return tell(findings, AT_REST, `it names the key ${marked}, and no file is encrypted with it`);
  const newest = stated?.[stated.length - 1];
  if (newest !== undefined && newest !== marked)
    findings.remarks.push(
      `${AT_REST} names the key ${marked}, and the log says that ${newest} came into use: the next writer puts it right`,
    );
  if (plain.length > 0)
    findings.remarks.push(`${plain.length} files are not encrypted at rest yet: spoor ledger encrypt goes on`);
  for (const id of [...ids].filter((one) => one !== marked))
    findings.remarks.push(
      `${sealed.filter((one) => one.id === id).length} files are encrypted with the older key ${id}: spoor ledger rotate-key --rewrite, before it may go`,
    );
}
