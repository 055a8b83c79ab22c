import { gunzip } from './gzip.ts';
import type { Source } from './source.ts';
import { isTar } from './tar.ts';

/** Bytes that tell every container. */
export const HEAD_BYTES = 512;

/** A stream of compressed bytes. */
export interface Codec {
  readonly kind: 'codec';
  readonly name: string;
  decode(below: Source): AsyncGenerator<Buffer>;
}
/** Many files in one. */
export interface Archive {
  readonly kind: 'archive';
  readonly name: 'tar' | 'zip';
}

const GZIP: Codec = { kind: 'codec', name: 'gzip', decode: gunzip };
const XZ = rare('xz', async () => (await import('./xz.ts')).unxz);
const ZSTD = rare('zstd', async () => (await import('./zstd.ts')).unzstd);
const BZIP2 = rare('bzip2', async () => (await import('./bzip2.ts')).bunzip2);
const TAR: Archive = { kind: 'archive', name: 'tar' };
const ZIP: Archive = { kind: 'archive', name: 'zip' };

/** First bytes in hex. zstd may begin with a skippable frame; bzip2's level is followed by a block's magic or the end's. */
const MAGICS: readonly (readonly [RegExp, Codec | Archive])[] = [
  [/^1f8b08[01]/, GZIP],
  [/^fd377a585a00/, XZ],
  [/^(?:28b52ffd|5[0-9a-f]2a4d18)/, ZSTD],
  [/^425a683[1-9](?:314159265359|177245385090)/, BZIP2],
  [/^504b(?:0304|0506|0708504b0304)/, ZIP],
];

/** A codec that is loaded when it is met: it takes time, and most evidence has none. */
function rare(name: string, load: () => Promise<Codec['decode']>): Codec {
  return {
    kind: 'codec',
    name,
    async *decode(below) {
      const decode = await load();
      yield* decode(below);
    },
  };
}

/** The container that begins with these bytes (up to 512 of them), or null for a log or anything else. */
export function formatOf(head: Buffer): Codec | Archive | null {
  const begin = head.toString('hex', 0, 16);
  for (const [magic, format] of MAGICS) if (magic.test(begin)) return format;
  return isTar(head) ? TAR : null;
}
