import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import { Entries } from './entries.ts';
import { readCsv } from './formats/csv.ts';
import { readInventoryCsv, readInventoryYaml } from './formats/inventory.ts';
import { readMisp } from './formats/misp.ts';
import { readPlain } from './formats/plain.ts';
import { readStix } from './formats/stix.ts';
import type { ListConfig } from './list-config.ts';
import type { TableData } from './list-table.ts';

/** A list that was read whole. */
export interface ReadList {
  readonly data: TableData;
  readonly entries: number;
  /** What it has and is not used, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Of its text, hex. */
  readonly sha256: string;
}

const MB = 1 << 20;
const BOM = '\ufeff';
/** A list that is kept packed may be packed once more on its way. */
const MAX_LAYERS = 2;

/** The text of a list's bytes, which may be gzip. Throws E_TOO_LARGE for what is longer than its limit when unpacked. */
function textOf(bytes: Buffer, maxBytes: number): string {
  let plain = bytes;
  for (let layer = 0; layer < MAX_LAYERS && plain[0] === 0x1f && plain[1] === 0x8b; layer += 1)
    plain = unpacked(plain, maxBytes);
  if (plain.length > maxBytes) throw new AppError('E_TOO_LARGE', `more than ${maxBytes / MB} MB`);
  const text = plain.toString('utf8');
  return text.startsWith(BOM) ? text.slice(1) : text;
}

function unpacked(bytes: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new AppError('E_TOO_LARGE', `more than ${maxBytes / MB} MB when unpacked`, { cause });
    throw new AppError('E_MALFORMED', `is broken gzip: ${(cause as Error).message}`, { cause });
  }
}

/** By its first character: JSON with `Event` or `response` is MISP, other JSON is STIX, a named column makes it CSV, all else lines. */
function formatOf(text: string, { format, role, csv }: ListConfig): ListConfig['format'] {
  if (format !== 'auto') return format;
  const begin = text.slice(0, 4096).trimStart();
  if (role === 'asset') return /^(?:#[^\n]*\n)*"?(?:host|address)"?[,;\t]/i.test(begin) ? 'csv' : 'yaml';
  if (begin.startsWith('{') || begin.startsWith('['))
    return /"(?:Event|response|Attribute)"\s*:/.test(begin) ? 'misp' : 'stix';
  return csv.value === '' ? 'plain' : 'csv';
}

/**
 * Reads a list whole. Throws E_MALFORMED with the line and why, E_TOO_LARGE, or E_CONFIG when it has no such column. `seed`: any number
 * that whoever wrote the list does not know.
 */
export function readList(bytes: Buffer, config: ListConfig, seed: number): ReadList {
  const text = textOf(bytes, config.maxMb * MB);
  if (text.trim() === '') throw new AppError('E_MALFORMED', 'is empty');
  const about = { untilS: 0, confidence: config.confidence ?? -1, note: '' };
  const entries = new Entries(config);
  switch (formatOf(text, config)) {
    case 'csv':
      if (config.role === 'asset') readInventoryCsv(text, config.csv.separator, entries);
      else readCsv(text, { ...config.csv, value: config.csv.value || '1' }, entries, about);
      break;
    case 'stix':
      readStix(text, entries, about);
      break;
    case 'misp':
      readMisp(text, entries, about);
      break;
    case 'yaml':
      readInventoryYaml(text, entries);
      break;
    default:
      readPlain(text, entries, about);
  }
  return {
    data: entries.build(seed),
    entries: entries.count,
    skipped: Object.fromEntries(entries.skipped),
    sha256: createHash('sha256').update(text).digest('hex'),
  };
}
