import { bunzip2 } from './bzip2.ts';
import { inflate } from './inflate.ts';
import { Reader, type Source } from './source.ts';
import { unxz } from './xz.ts';
import { unzstd } from './zstd.ts';

type Method = (below: Source) => AsyncGenerator<Buffer>;

export const DEFLATE = 8;
/** General purpose flag of an encrypted file (APPNOTE.TXT 4.4.4). */
export const ENCRYPTED = 1;

/** Content as it is. */
export const STORED: Method = async function* (below) {
  for (let piece = await below.pull(); piece !== null; piece = await below.pull()) yield piece;
};

/** Compression methods of zip that are read, by number (APPNOTE.TXT 4.4.5). */
export const METHODS: Readonly<Record<number, Method>> = {
  0: STORED,
  [DEFLATE]: (below) => inflate(new Reader(below)),
  12: bunzip2,
  93: unzstd,
  95: unxz,
};
