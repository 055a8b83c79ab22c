import { canonicalIp } from '../../core/ip.ts';
import type { AuditFields, AuditRecord } from './record.ts';

const HEX = /^(?:[0-9A-F]{2})+$/;
const MAX_ARGUMENT = 131_072; // more than execve(2) takes
const ARGUMENT = /^a(?<at>\d{1,6})(?:\[(?<piece>\d{1,6})\])?$/;

/**
 * A string as the kernel's audit_log_untrustedstring or libaudit's audit_encode_value wrote it: quoted as it is, or in
 * capital hex when it holds a quote, a space or a byte outside of ASCII. Undefined for (null), ? and nothing.
 */
export function decodeString(value: string | undefined): string | undefined {
  if (value === undefined || value === '' || value === '?' || value === '(null)' || value === '"?"') return undefined;
  if (value.charCodeAt(0) === 0x22) return value.slice(1, value.endsWith('"') && value.length > 1 ? -1 : undefined);
  return HEX.test(value) ? Buffer.from(value, 'hex').toString('utf8') : value;
}

/** A value without its quotes; never hex ("op", "unit", "res"). Undefined for (null), ? and nothing. */
export function plain(value: string | undefined): string | undefined {
  if (value === undefined || value === '' || value === '?' || value === '(null)') return undefined;
  const quote = value.charCodeAt(0);
  if (quote !== 0x22 && quote !== 0x27) return value;
  return value.slice(1, value.length > 1 && value.charCodeAt(value.length - 1) === quote ? -1 : undefined);
}

/** A number field that is an id; undefined for the kernel's "unset" (4294967295, -1). */
export function idOf(value: string | undefined): string | undefined {
  return value === undefined || value === '4294967295' || value === '-1' || value === 'unset'
    ? undefined
    : plain(value);
}

/** The arguments of an execve(2), from one or more EXECVE records: pieces (a1[0]=, a1[1]=) are put together, hex decoded. */
export function argumentsOf(records: readonly AuditRecord[]): string[] {
  const raw = new Map<number, string[]>();
  for (const { type, fields } of records) {
    if (type !== 'EXECVE') continue;
    for (const [key, value] of Object.entries(fields)) {
      const found = ARGUMENT.exec(key)?.groups;
      const at = Number(found?.['at']);
      if (!found || at > MAX_ARGUMENT) continue;
      const pieces = raw.get(at) ?? [];
      if (pieces.length === 0) raw.set(at, pieces);
      pieces[Math.min(Number(found['piece'] ?? 0), pieces.length)] = value;
    }
  }
  const order = [...raw.keys()].sort((a, b) => a - b);
  return order.map((at) => joinPieces(raw.get(at) as string[]));
}

function joinPieces(pieces: readonly string[]): string {
  if (pieces.length === 1) return decodeString(pieces[0]) ?? plain(pieces[0]) ?? '';
  if (pieces.every((piece) => HEX.test(piece))) return Buffer.from(pieces.join(''), 'hex').toString('utf8');
  return pieces.map((piece) => decodeString(piece) ?? '').join('');
}

/** The command line in a PROCTITLE record (NUL-separated, cut at 128 bytes by the kernel). */
export function titleOf(fields: AuditFields | undefined): string | undefined {
  const title = decodeString(fields?.['proctitle']);
  return title?.replace(/\0+$/, '').replaceAll('\0', ' ');
}

/** What a typist sent: control characters that edit are applied, a carriage return ends a line. */
export function keystrokesOf(value: string | undefined): string | undefined {
  const data = decodeString(value);
  if (data === undefined) return undefined;
  const lines = data.split(/[\r\n]/).map(edited);
  return lines.filter((line) => line !== '').join('\n') || undefined;
}

function edited(keys: string): string {
  let line: string[] = [];
  for (const char of keys)
    if (char === '\x7f' || char === '\b') line.pop();
    else if (char === '\x15')
      line = []; // ^U
    else if (char >= ' ') line.push(char);
  return line.join('');
}

/** One end of a socket: struct sockaddr of the audited call. */
export interface SocketAddress {
  readonly family: string;
  readonly ip?: string;
  readonly port?: number;
  readonly path?: string;
}

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;

/** Decodes `saddr=0200005…`: the family in the host's byte order, port and address in the network's. Null: not hex. */
export function socketAddress(value: string | undefined): SocketAddress | null {
  if (value === undefined || value.length < 4 || !HEX.test(value)) return null;
  const bytes = Buffer.from(value.slice(0, 512), 'hex');
  const little = bytes.readUInt16LE(0);
  const family = little < 256 ? little : bytes.readUInt16BE(0);
  if (family === AF_INET && bytes.length >= 8)
    return withIp('ipv4', bytes.readUInt16BE(2), [...bytes.subarray(4, 8)].join('.'));
  if (family === AF_INET6 && bytes.length >= 24) {
    const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((at) => bytes.readUInt16BE(8 + at).toString(16));
    return withIp('ipv6', bytes.readUInt16BE(2), groups.join(':'));
  }
  if (family === AF_UNIX) return { family: 'unix', path: unixPath(bytes.subarray(2)) };
  return { family: family === AF_NETLINK ? 'netlink' : String(family) };
}

function withIp(family: string, port: number, text: string): SocketAddress {
  return { family, port, ip: canonicalIp(text) ?? text };
}

// An abstract address begins with a NUL, which ss(8) and /proc/net/unix write as "@".
function unixPath(bytes: Buffer): string {
  const abstract = bytes[0] === 0;
  const name = abstract ? bytes.subarray(1) : bytes;
  const end = name.indexOf(0);
  return `${abstract ? '@' : ''}${name.toString('utf8', 0, end === -1 ? name.length : end)}`;
}
