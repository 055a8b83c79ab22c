/** Transports of this machine itself: a line that names no host is of this one. */
const LOCAL = /^(?:file|journal|stdin)\b/;

/** Did a record come from this machine itself, and not over a network? `via` is its record's. */
export function isLocal(via: string): boolean {
  return LOCAL.test(via);
}
