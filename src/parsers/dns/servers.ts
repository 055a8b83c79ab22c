import type { EcsFields } from '../../core/event.ts';
import { question } from './question.ts';

// BIND: "client @0x7f12 192.0.2.5#40112 (name): query: name IN A +E(0)K (192.0.2.1)", with a category and a level before it in
// files of their own; older ones leave out "@0x…" and "(name)".
const NAMED =
  /^(?:queries: )?(?:info: )?client (?:@0x[0-9a-f]{1,16} )?(?<asker>[0-9a-fA-F:.]{2,45})#\d{1,5}(?: \(\S{1,255}\))?: (?:view \S{1,64}: )?query: (?<name>\S{1,255}) (?:IN|CH|HS|ANY) (?<type>\w{1,16})(?: .{0,200})?$/;
// Unbound: "[1200:0] info: 192.0.2.5 name. A IN", as a reply with " NOERROR 0.02 0 60" behind it.
const UNBOUND =
  /^(?:\[\d{1,10}:\w{1,8}\] )?(?:info|query|reply): (?<asker>[0-9a-fA-F:.]{2,45})(?:@\d{1,5})? (?<name>\S{1,254}\.) (?<type>\w{1,16}) IN(?<reply> [A-Z]{1,16} [\d.]{1,16} [01] \d{1,6}(?: .{0,100})?)?$/;
// CoreDNS: [INFO] 192.0.2.5:40112 - 3121 "A IN name. udp 41 false 512" NOERROR qr,rd,ra 80 0.02s
const COREDNS =
  /^\[INFO\] \[?(?<asker>[0-9a-fA-F:.]{2,45}?)\]?:\d{1,5} - \d{1,5} "(?<type>\w{1,16}) IN (?<name>\S{1,255}) (?:udp|tcp|tls|https?) [^"]{0,64}" [A-Z-]{1,16} .{0,100}$/;

function read(pattern: RegExp, text: string): EcsFields | null {
  const groups = pattern.exec(text)?.groups;
  if (!groups) return null;
  return question(groups['asker'] as string, groups['name'] as string, groups['type'] as string);
}

/** A line of BIND's query log; null for its other messages. */
export function namedMessage(message: string): EcsFields | null {
  return read(NAMED, message);
}

/** A line of Unbound's query or reply log; null for its other messages. */
export function unboundMessage(message: string): EcsFields | null {
  return read(UNBOUND, message);
}

/** A line of CoreDNS's log plug-in; null for its other messages. */
export function corednsMessage(message: string): EcsFields | null {
  return read(COREDNS, message);
}
