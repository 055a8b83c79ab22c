/** Is a record one of this sender's? A sender is a stream, what its name begins or ends with at a slash, or a peer. As `storyParts` has it. */
export function isOfSender(sender: string, stream: string, peer: string): boolean {
  return stream === sender || peer === sender || stream.startsWith(`${sender}/`) || stream.endsWith(`/${sender}`);
}
