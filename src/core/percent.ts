/** Undoes percent-encoding once: %41, %u0041, overlong and broken UTF-8. What is not an escape stays. */
export function percentDecode(text: string): string {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', from)) {
    out += text.slice(from, at);
    from = at + readEscape(text, at);
    out += ESCAPE.text;
  }
  return from === 0 ? text : out + text.slice(from);
}

const ESCAPE = { text: '' }; // what readEscape read; one object is reused

/** Reads the escape at `at` into ESCAPE and gives its length; 1 where there is none. */
function readEscape(text: string, at: number): number {
  const units = (text.charCodeAt(at + 1) | 32) === 0x75 ? hex(text, at + 2, 4) : -1;
  if (units !== -1) {
    ESCAPE.text = String.fromCharCode(narrow(units));
    return 6;
  }
  const byte = hex(text, at + 1, 2);
  if (byte === -1) {
    ESCAPE.text = '%';
    return 1;
  }
  const length = lengthOf(byte);
  const point = sequence(text, at, byte, length);
  ESCAPE.text = String.fromCodePoint(point === -1 ? byte : point);
  return point === -1 ? 3 : length * 3;
}

/** Bytes of the UTF-8 sequence that a byte begins. */
function lengthOf(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

function hex(text: string, at: number, digits: number): number {
  let value = 0;
  for (let index = at; index < at + digits; index += 1) {
    const code = text.charCodeAt(index);
    const letter = code | 32;
    if (code >= 48 && code <= 57) value = value * 16 + code - 48;
    else if (letter >= 97 && letter <= 102) value = value * 16 + letter - 87;
    else return -1;
  }
  return value;
}

/** The code point that a UTF-8 sequence writes, overlong ones as well (%c0%ae is a dot); -1 when it is broken. */
function sequence(text: string, at: number, lead: number, length: number): number {
  if (length === 1) return lead;
  let point = lead & (0xff >> (length + 1));
  for (let index = 1; index < length; index += 1) {
    const byte = text.charCodeAt(at + index * 3) === 0x25 ? hex(text, at + index * 3 + 1, 2) : -1;
    if ((byte & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (byte & 0x3f);
  }
  return point > 0x10ffff ? -1 : narrow(point);
}

/** Full-width forms (U+FF01 to U+FF5E) and the small angle brackets are what IIS and others take for ASCII. */
function narrow(point: number): number {
  if (point === 0xfe64 || point === 0xfe65) return point === 0xfe64 ? 0x3c : 0x3e;
  return point >= 0xff01 && point <= 0xff5e ? point - 0xfee0 : point;
}
