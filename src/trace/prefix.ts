/** The first four groups of an IPv6 address in canonical text; null for any other text. */
export function prefixOf(address: string): string | null {
  if (!address.includes(':')) return null;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const zeros = 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array.from({ length: zeros }, () => '0')].slice(0, 4).join(':');
}
