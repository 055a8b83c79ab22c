import { AppError } from './errors.ts';

const MAX_LINE = 64 << 20;

/** Lines of a stream of bytes, without their line feed, each with where it begins. The last one needs none. Throws E_TOO_LARGE for one of over 64 MiB. */
export async function* linesOf(blocks: AsyncIterable<Buffer>): AsyncGenerator<{ bytes: Buffer; at: number }> {
  let rest: Buffer[] = [];
  let held = 0;
  let at = 0;
  for await (const block of blocks) {
    let from = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, from)) {
      const bytes = rest.length === 0 ? block.subarray(from, end) : Buffer.concat([...rest, block.subarray(from, end)]);
      yield { bytes, at };
      at += bytes.length + 1;
      [rest, held, from] = [[], 0, end + 1];
    }
    if (from < block.length) rest.push(block.subarray(from));
    held += block.length - from;
    if (held > MAX_LINE) throw new AppError('E_TOO_LARGE', `a line of over ${MAX_LINE >> 20} MiB, at byte ${at}`);
  }
  if (held > 0) yield { bytes: Buffer.concat(rest), at };
}
