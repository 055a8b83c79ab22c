/** Records of so many bytes out of a stream of bytes, each with where it begins. The last one is what is left, and may be shorter. */
export async function* recordsOf(
  blocks: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<{ bytes: Buffer; at: number }> {
  let rest = Buffer.alloc(0);
  let begin = 0; // of what is held
  for await (const block of blocks) {
    const held = rest.length === 0 ? block : Buffer.concat([rest, block]);
    let at = 0;
    for (; at + size <= held.length; at += size) yield { bytes: held.subarray(at, at + size), at: begin + at };
    rest = Buffer.from(held.subarray(at));
    begin += at;
  }
  if (rest.length > 0) yield { bytes: rest, at: begin };
}
