/** Beginnings of files that hold no log text, and what to do with each. */
const KNOWN: readonly (readonly [bytes: string, at: number, advice: string])[] = [
  ['LPKSHHRH', 0, 'a binary systemd journal: export it with "journalctl --file FILE -o export" and hand that in'],
  ['ElfFile\0', 0, 'a Windows event log (EVTX), which is not read yet'],
  ['SQLite format 3\0', 0, 'an SQLite database'],
  ['\x7fELF', 0, 'a program'],
  ['\xd4\xc3\xb2\xa1', 0, 'a packet capture'],
  ['\xa1\xb2\xc3\xd4', 0, 'a packet capture'],
  ['\x0a\x0d\x0d\x0a', 0, 'a packet capture'],
  ['7z\xbc\xaf\x27\x1c', 0, 'a 7z archive: unpack it and hand in the folder'],
  ['Rar!\x1a\x07', 0, 'a RAR archive: unpack it and hand in the folder'],
  ['\x04\x22\x4d\x18', 0, 'lz4-compressed: decompress it and hand in the file'],
  ['\x1f\x9d', 0, 'compress(1)-compressed: decompress it and hand in the file'],
  ['\x89PNG', 0, 'a picture'],
  ['%PDF-', 0, 'a PDF document'],
];
const MAX_CONTROLS = 0.1;

/**
 * Why the content that begins with `head` is no log text; null when it may be one. NULs do not count: a crash or a cut leaves
 * runs of them in a log.
 */
export function notALog(head: Buffer): string | null {
  const text = head.toString('latin1', 0, Math.min(head.length, 4096));
  const known = KNOWN.find(([bytes, at]) => text.startsWith(bytes, at));
  if (known) return known[2];
  const shown = text.replaceAll('\0', '');
  let controls = 0;
  for (let at = 0; at < shown.length; at += 1) if (isControl(shown.charCodeAt(at))) controls += 1;
  return controls > shown.length * MAX_CONTROLS && controls > 4 ? 'binary, in no format that is read' : null;
}

// Tab, line ends, escape and 0x1d (auditd's separator) stand in logs.
function isControl(code: number): boolean {
  return (code < 32 && code !== 9 && code !== 10 && code !== 13 && code !== 27 && code !== 29) || code === 127;
}
