import type { EcsFields } from '../../core/event.ts';
import type { Noted } from '../noted.ts';
import { text } from '../session-index.ts';

/** A connection that a host's own log says went out of it. */
export interface Outgoing {
  readonly host: string;
  readonly time: number;
  /** Where to. */
  readonly address: string;
  readonly port: number | null;
  readonly sourcePort: number | null;
  readonly noted: Noted;
}

/** Ports at which a host is entered: ssh, telnet, rpc, smb, rdp, vnc, winrm. */
const DOORS = new Set([22, 23, 135, 139, 445, 2222, 3389, 5900, 5985, 5986]);

/** A connection out of this host to a port at which hosts are entered. */
export function isOutgoing({ fields }: { readonly fields: EcsFields }): boolean {
  const action = fields['event.action'];
  if (fields['network.direction'] !== 'egress' || (action !== 'firewall' && action !== 'connected-to')) return false;
  return DOORS.has(Number(fields['destination.port'])) && text(fields['destination.ip']) !== '';
}

/** Reads the lines that `isOutgoing` chose. */
export function hear(notes: readonly Noted[]): Outgoing[] {
  return notes.map((noted) => ({
    host: noted.host,
    time: noted.time,
    address: text(noted.fields['destination.ip']),
    port: numberOf(noted.fields['destination.port']),
    sourcePort: numberOf(noted.fields['source.port']),
    noted,
  }));
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
