import type { Anchored } from './anchored.ts';
import type { Wanted } from './selection.ts';

/** What the page for a reader says. */
export interface Told {
  readonly origin: string;
  readonly vkey: string;
  readonly size: number;
  readonly wanted: Wanted;
  readonly indexes: readonly number[];
  /** Of each stream its first and last number, as the log wrote it, and how many between them were not picked. */
  readonly streams: ReadonlyMap<string, { readonly first: number; readonly last: number; readonly left: number }>;
  /** All records of the stream up to the checkpoint, from its first to its last. */
  readonly wholeStream: boolean;
  /** Receive times by the log's own clock. */
  readonly from: string;
  readonly to: string;
  readonly witnesses: readonly { readonly name: string; readonly seconds: number }[];
  readonly missing: readonly string[];
  /** Name of the policy's quorum; null when it asks for nobody. */
  readonly quorum: string | null;
  readonly anchored: readonly Anchored[];
  /** Files of each anchor, by its record. */
  readonly anchorFiles: ReadonlyMap<number, readonly string[]>;
  /** Indexes of records that hold only a hash of what is gone. */
  readonly gone: readonly number[];
  readonly joined: readonly string[];
  readonly tree: boolean;
}

const utc = (seconds: number) =>
  new Date(seconds * 1000)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
// Only names that we chose go into the page as they are; all else in code marks, in which nothing is a link or a tag.
const code = (text: string) => `\`${text.replace(/[^ -_a-~]/g, '?').slice(0, 300)}\``;
const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

/** VERIFY.md: for a judge, a lawyer, an expert of the other side. */
export function verifyPage(told: Told): string {
  return [intro(told), howTo(told), proves(told), when(told), not(told), files(told)].join('\n');
}

function intro({ origin, size, indexes, from, to }: Told): string {
  const [first, last] = [indexes[0], indexes[indexes.length - 1]];
  return `# Evidence from the log ${code(origin)}

This folder holds ${many(indexes.length, 'record')} of a log, numbers ${first} to ${last}, out of ${size} that the log had when this was written. By the log's own clock they came in from ${from} to ${to}.
Each record is a message that a computer sent, kept byte for byte as it arrived.

The log is of a kind in which nobody can change a record, take one out or put one in between without it showing. Each record has a number and a fingerprint (SHA-256); all fingerprints together make one, the root; and the log signs the root with its key, in what is called a checkpoint.
`;
}

function howTo({ vkey }: Told): string {
  return `## How to check it

On any computer with OpenSSL 3 and the ordinary tools of Unix (Linux has them; no network, nothing of the program that wrote this folder):

    sh verify.sh 'KEY'

\`KEY\` is the log's public key **as you have it from elsewhere**: from a printed page, a web site, a third person. In this folder it is said to be

    ${vkey}

If the two are the same, what follows holds for that log. If you have no copy from elsewhere, \`sh verify.sh\` shows only that the folder agrees with itself: whoever made it could have made a log and a key of their own.

The script is short and may be read. An expert may as well write one, or use programs of others: the formats are public (c2sp.org: \`tlog-checkpoint\`, \`tlog-proof\`, \`tlog-cosignature\`, \`tlog-policy\`, \`tlog-tiles\`; RFC 6962), and the program \`spicy\` checks \`records/*.bin\` beside their \`.spicy\`.
`;
}

function proves({ streams, wanted, wholeStream, quorum }: Told): string {
  const lines = [
    '- **Each record was in the log, at its number, with exactly these bytes**, when the checkpoint was signed. One changed bit shows.',
    '- **The order**: a record with a smaller number was logged before one with a greater.',
  ];
  const picked = [...streams].filter(([, { left }]) => left > 0).length;
  for (const [stream, { first, last }] of [...streams].filter(([, { left }]) => left === 0).slice(0, 50))
    lines.push(
      `- **Of the source ${code(stream)} nothing is missing between its numbers ${first} and ${last}**: the log numbers what it takes from a source, and each of these numbers is here${wholeStream && stream === wanted.stream ? '. It is all that the log had of this source under this checkpoint, and still keeps' : ''}.`,
    );
  if (streams.size - picked > 50)
    lines.push(`- The same holds for ${streams.size - picked - 50} more sources: \`verify.sh\` prints them all.`);
  if (quorum !== null)
    lines.push(
      '- **Others saw this history**: the witnesses named below cosigned the checkpoint. A witness signs only what continues all that it signed before, so a second history that passes this check too would take the help of witnesses who break that rule.',
    );
  return `## What this proves\n\n${lines.join('\n')}\n`;
}

function when({ indexes, witnesses, missing, anchored, anchorFiles, size }: Told): string {
  const [first, last] = [indexes[0] ?? 0, indexes[indexes.length - 1] ?? 0];
  const lines: string[] = [];
  for (const anchor of anchored) {
    const seen = earliest([...anchor.cosignedAt, ...(anchor.seconds === null ? [] : [anchor.seconds])]);
    const names = (anchorFiles.get(anchor.index) ?? []).map(code).join(', ');
    const what = anchor.size <= first ? 'none of them was in the log yet' : 'all of them were in the log';
    const at = seen === null ? 'at a time that it does not state' : utc(seen);
    lines.push(
      `- ${at}: a checkpoint of ${anchor.size} records, kept at ${code(`${anchor.kind}:${anchor.place}`)} (${names}). Then ${what}.`,
    );
  }
  for (const { name, seconds } of witnesses)
    lines.push(
      `- ${utc(seconds)}: the witness ${code(name)} cosigned ${size} records. Then all of them were in the log.`,
    );
  for (const name of missing) lines.push(`- The witness ${code(name)} did not cosign this checkpoint.`);
  const before = anchored.some(({ size: then }) => then <= first);
  const early = before
    ? ''
    : `No checkpoint before record ${first} is here, so nobody but the log says how long before these times it came in.`;
  const nobody = witnesses.length === 0 ? 'No witness cosigned: the time is the word of the log alone.' : '';
  return `## When

The time that stands in a record is the log's own clock, and what the message says of time is the sender's. What others vouch for is an interval: a record was logged **after** a time at which a checkpoint did not yet hold it, and **before** a time at which one did.

${lines.join('\n')}
${[early, nobody].filter((line) => line !== '').join('\n')}

Record ${last} is the last one here. Each time is by the clock of who is named.
`;
}

const earliest = (times: readonly number[]): number | null => (times.length === 0 ? null : Math.min(...times));

function not({ gone, wanted, quorum }: Told): string {
  const lines = [
    '- **That a message is true.** The log keeps what a computer sent. Who controlled that computer could have it send something false.',
    '- **That a computer sent all it should have.** What never came to the log has no number in it.',
    '- **Who did it.** A name or an address in a message is what the message says.',
    '- **The name of a source.** It is what the log was set up to call it; how the sender was known stands in the record (`via`, `peer`).',
    '- **What other records of the log say.** Only those in this folder were taken out; that none of the others has a number of these streams a second time is what a verification of the whole log shows (`spoor verify`).',
  ];
  if (quorum === null)
    lines.push(
      '- **That there is no second history.** No witness is required here: who holds the log’s key could have signed another log for somebody else, or written this one anew.',
    );
  if (wanted.records !== undefined)
    lines.push(
      '- **What lies between these records.** They were picked by a search; `verify.sh` says of each source how many of its numbers are left out.',
    );
  if (wanted.sinceUs !== null || wanted.untilUs !== null)
    lines.push('- **What came before and after the times that were asked for.** It was left out on purpose.');
  if (gone.length > 0)
    lines.push(
      `- **The text of ${many(gone.length, 'record')}** (${gone.slice(0, 20).join(', ')}${gone.length > 20 ? ', …' : ''}): the log holds a hash of it, and what it was of is not here. It may have been erased.`,
    );
  return `## What this does not prove\n\n${lines.join('\n')}\n`;
}

function files({ joined, tree, anchored }: Told): string {
  const rows = [
    ['`verify.sh`', 'the check'],
    ['`log.vkey`', 'the public key of the log'],
    ['`policy.txt`', 'whose cosignatures are required; compare it with a copy from elsewhere, as the key'],
    ['`checkpoint`', 'number of records and root, with the signatures'],
    ['`records/N.bin`', 'record N: some lines about it, an empty line, and the message as it came'],
    ['`records/N.tlog-proof`, `N.bin.spicy`', 'the hashes from the record up to the root, in two forms'],
  ];
  if (joined.length > 0)
    rows.push(['`records/N.joined`', 'a long message, which the log holds in parts from record N on, put together']);
  rows.push(['`records/N.payload`, `N.salt`', 'where the record holds a hash only: what it is of']);
  if (anchored.length > 0)
    rows.push(
      ['`anchors/`', 'checkpoints that other places keep, and their receipts (`.tsr`: a time stamp, RFC 3161)'],
      ['`consistency/A-B.txt`', 'that the log of B records continues that of A'],
    );
  if (tree) rows.push(['`tree/`', 'the part of the log’s tree around these records, for other programs (tlog-tiles)']);
  rows.push(
    ['`SHA256SUMS`', 'digests of all files, against damage; who changes a file on purpose can change this one too'],
    ['`manifest.json`', 'a list for programs; nothing rests on it'],
  );
  return `## The files\n\n| | |\n|---|---|\n${rows.map(([name, what]) => `| ${name} | ${what} |`).join('\n')}

A proof discloses fingerprints of some other records. Nobody can read a record from its fingerprint; who can guess one to the microsecond can confirm the guess.
`;
}
