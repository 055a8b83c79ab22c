/** A cell may have so many letters. */
const MOST_LETTERS = 8192;

/** A 64-bit number, which the engine writes as text, as a number where that loses nothing. All else as it is. */
export function jsonValue(value: unknown, type: string): unknown {
  if (typeof value !== 'string' || !/^(?:[A-Za-z]{1,40}\((?:[a-z]{1,20}, )?)*U?Int64\)*$/.test(type)) return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Cuts a cell that is too long; one that is a list or a map becomes the beginning of its JSON. */
export function cutCell(value: unknown): { readonly value: unknown; readonly isCut: boolean } {
  if (typeof value === 'object' && value !== null) {
    const text = JSON.stringify(value);
    return text.length <= MOST_LETTERS ? { value, isCut: false } : { value: cutText(text), isCut: true };
  }
  if (typeof value !== 'string' || value.length <= MOST_LETTERS) return { value, isCut: false };
  return { value: cutText(value), isCut: true };
}

/** Not within a character of two units. */
function cutText(text: string): string {
  const end = /[\uD800-\uDBFF]/.test(text.charAt(MOST_LETTERS - 2)) ? MOST_LETTERS - 2 : MOST_LETTERS - 1;
  return `${text.slice(0, end)}…`;
}
