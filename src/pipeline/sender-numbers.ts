// Hot path: once per record. Numbers that senders give their messages, inside of them.

/** A number, and the series that it is of. Numbers of one series go up by one. */
export interface SenderNumber {
  readonly series: string;
  readonly number: number;
}

const LESS = 0x3c;
const GREATER = 0x3e;
const ONE = 0x31;
const SPACE = 0x20;
const BRACE = 0x7b;
const HEAD = 2048;
const MAX_SEQUENCE_ID = 2_147_483_647;

// RFC 5424 §6: the header, then structured data: only there is a sequenceId the sender's. A message may hold any text.
const HEADER = /^<\d{1,3}>1 \S{1,64} (?<host>\S{1,255}) \S{1,48} \S{1,128} \S{1,32} (?=\[)/;
const ELEMENT = /\[(?<id>[^\]"= ]{1,32})(?<params>(?: [^\]"= ]{1,32}="(?:[^"\\\]]|\\.)*")*)\]/sy;
const SEQUENCE = / sequenceId="(?<number>[1-9]\d{0,9})"/;
// systemd.journal-fields(7): numbers of all entries that one journald wrote, and the id of that series. In JSON a quote within a text is
// escaped, so no entry's own text looks like this.
const SEQNUM = '"__SEQNUM":"';
const SEQNUM_ID = '"__SEQNUM_ID":"';

/**
 * The number that a message has from its sender; null when it has none. RFC 5424's `meta sequenceId` (§7.3.1: from 1, by the originator),
 * and `__SEQNUM` of an entry of the journal. `via`: the record's.
 */
export function numberOf(payload: Buffer, via: string): SenderNumber | null {
  const first = payload[0];
  if (first === LESS) {
    const end = payload.indexOf(GREATER, 1);
    if (end < 2 || end > 4 || payload[end + 1] !== ONE || payload[end + 2] !== SPACE) return null;
    return sequenceIdOf(payload);
  }
  return first === BRACE && via.startsWith('journal') ? seqnumOf(payload) : null;
}

function sequenceIdOf(payload: Buffer): SenderNumber | null {
  const head = payload.subarray(0, HEAD);
  if (head.indexOf(' sequenceId="') < 0) return null;
  const text = head.toString('latin1');
  const header = HEADER.exec(text);
  if (header === null) return null;
  ELEMENT.lastIndex = header[0].length;
  for (let element = ELEMENT.exec(text)?.groups; element; element = ELEMENT.exec(text)?.groups) {
    if (element['id'] !== 'meta') continue;
    const number = Number(SEQUENCE.exec(element['params'] ?? '')?.groups?.['number']);
    if (!(number >= 1 && number <= MAX_SEQUENCE_ID)) return null;
    return { series: `host ${header.groups?.['host'] ?? ''}`, number };
  }
  return null;
}

function seqnumOf(payload: Buffer): SenderNumber | null {
  const number = Number(valueAfter(payload, SEQNUM));
  const id = valueAfter(payload, SEQNUM_ID);
  if (!Number.isSafeInteger(number) || number < 1 || !/^[0-9a-f]{32}$/.test(id)) return null;
  return { series: `journal ${id}`, number };
}

function valueAfter(payload: Buffer, name: string): string {
  const at = payload.indexOf(name);
  if (at < 0) return '';
  const text = payload.toString('latin1', at + name.length, at + name.length + 40);
  return text.slice(0, Math.max(0, text.indexOf('"')));
}
