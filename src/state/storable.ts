// Texts that senders chose come here: names of hosts, reasons, details. PostgreSQL takes no NUL and no half of a character.

const UNSTORABLE = /[\0\p{Cs}]/gu;

/** A text that PostgreSQL takes: NULs and lone surrogates become U+FFFD; no more than `max` UTF-16 units. */
export function storable(text: string, max: number): string {
  return text.slice(0, max).replace(UNSTORABLE, '\ufffd');
}

/** A value as JSON that a jsonb column takes; texts and keys in it are made storable. Undefined becomes null. */
export function storableJson(value: unknown, maxText = 2000): string {
  return JSON.stringify(cleaned(value ?? null, maxText));
}

function cleaned(value: unknown, max: number): unknown {
  if (typeof value === 'string') return storable(value, max);
  if (Array.isArray(value)) return value.map((item) => cleaned(item, max));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storable(key, max), cleaned(item, max)]));
}
