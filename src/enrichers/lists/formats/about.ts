const MAX_TEXT = 500;
const LAST_S = 0xffff_ffff;

/** Seconds since 1970 of an instant as lists write it (RFC 3339, or without zone: UTC); undefined for anything else. */
export function untilOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d/.test(value)) return undefined;
  const text = value.trim().replace(/ UTC$/, 'Z').replace(' ', 'T');
  const ms = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) || text.length === 10 ? text : `${text}Z`);
  return Number.isNaN(ms) || ms < 1000 ? undefined : Math.min(Math.floor(ms / 1000), LAST_S);
}

/** 0 to 100; undefined for anything else. */
export function confidenceOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number <= 100 ? Math.round(number) : undefined;
}

/** ECS fields as a JSON object in ASCII, texts cut to 500 characters; '' when none is there. */
export function noteOf(fields: Readonly<Record<string, unknown>>): string {
  const kept = Object.entries(fields)
    .filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1].trim() !== '')
    .map(([name, text]) => [name, text.trim().slice(0, MAX_TEXT)] as const);
  if (kept.length === 0) return '';
  return JSON.stringify(Object.fromEntries(kept)).replace(
    /[\u007f-\uffff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
