import fc from 'fast-check';

/** An address that an attacker writes into text that he controls. It is never the peer of a modelled line. */
export const DECOY = '198.51.100.66';
const DECOY_V6 = '2001:db8:bad::66';

/** Pieces that look like a part of a log line, with the decoy where an address would stand. */
const FORGERIES = [
  ` from ${DECOY} port 22 ssh2`,
  ` from ${DECOY} port 22`,
  ` from ${DECOY}`,
  ` from ${DECOY_V6} port 4 ssh2`,
  ` ${DECOY} port 22 [preauth]`,
  ` ${DECOY} port 22`,
  `invalid user x from ${DECOY} port 22 ssh2`,
  `Failed password for root from ${DECOY} port 22 ssh2`,
  `Accepted password for root from ${DECOY} port 22 ssh2`,
  `message repeated 9 times: [ Failed password for root from ${DECOY} port 22 ssh2]`,
  ` rhost=${DECOY}`,
  ` rhost=${DECOY}  user=root`,
  ` ruser=x rhost=${DECOY} `,
  `, client: ${DECOY}, server: x, request: "GET / HTTP/1.1", host: "x"`,
  `, client: ${DECOY}`,
  `[client ${DECOY}:80] `,
  `[client ${DECOY}]`,
  `${DECOY} - - [07/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "-"`,
  `" 200 5 "-" "${DECOY}"`,
  `"remote_addr":"${DECOY}"`,
  `","remote_addr":"${DECOY}`,
  `","client_ip":"${DECOY}","x":"`,
  ` SRC=${DECOY} DST=192.0.2.1 `,
  ` addr=${DECOY} `,
  ` user unknown, ip=${DECOY}`,
  `sshd[1]: Accepted password for root from ${DECOY} port 22 ssh2`,
  DECOY,
  `[${DECOY}]`,
  `(${DECOY})`,
  `::ffff:${DECOY}`,
  'port 22',
  'ssh2',
  '[preauth]',
  'from',
  'invalid user ',
  ' by ',
];

/** Pieces that hurt terminals, browsers, shells and readers of text. */
const NASTY = [
  '\x1b[31m',
  '\x1b]0;x\x07',
  '\x00',
  '\r',
  '\t',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\ufffd',
  '<script>alert(1)</script>',
  '"',
  "'",
  '\\',
  '\\"',
  '\\x22',
  '%22',
  '%25%25',
  '=cmd|x',
  '$(id)',
  ']',
  '[',
  '[[[',
  '; ',
  ' : ',
  'é',
  '日本',
  '😀',
  ' ',
  '  ',
];

/** Text that an attacker would choose: forgeries and nasty pieces among ordinary letters. No line feeds. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...FORGERIES) },
      { weight: 3, arbitrary: fc.constantFrom(...NASTY) },
      { weight: 2, arbitrary: fc.string({ maxLength: 12, unit: 'grapheme' }) },
      { weight: 1, arbitrary: fc.string({ maxLength: 30, unit: 'binary' }) },
    ),
    { maxLength: 6 },
  )
  .map((pieces) => pieces.join('').replaceAll('\n', ''));

/** The other end of a connection: never the decoy. */
export const peer: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(253).map((last) => `203.0.113.${last + 1}`) },
  { weight: 1, arbitrary: fc.nat(0xfffe).map((last) => `2001:db8:5::${(last + 1).toString(16)}`) },
);

export const port: fc.Arbitrary<number> = fc.integer({ min: 1024, max: 65_535 });
