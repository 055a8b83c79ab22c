import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';
import { CHANGE, HOST, INFO, PROCESS } from '../auth/words.ts';

// `step` in seconds, positive when the clock went forward, where the daemon says so.
const STEPPED: readonly RegExp[] = [
  /^System clock was stepped by (?<step>[+-]?\d{1,12}(?:\.\d{1,12})?) seconds/,
  /^(?:Backward|Forward) time jump detected/,
  /^(?:time reset|step time server \S{1,253} offset|Clock stepped by|time stepped by|set local clock to .{1,80} \(offset) (?<step>[+-]?\d{1,12}(?:\.\d{1,12})?) ?s/,
  /^(?:adjusting local clock by|adjust time server \S{1,253} offset) (?<slew>[+-]?\d{1,12}(?:\.\d{1,12})?) ?s/,
  /^Changed local time to /,
  /^Changed time zone to /,
  /^System clock time unset or jumped backwards/,
  /^Clock change detected/,
];

const SYNCED =
  /^(?:Initial (?:clock )?synchronization to|Synchronized to time server|Selected source|synchronized to \S|clock is now synced)/;

const NTP_PORT = 123;
// chronyd: "Selected source 192.0.2.1 (ntp.example.net)"; timesyncd: "… to time server 192.0.2.1:123 (ntp.example.net)."
const SERVER =
  /^(?:Selected source|(?:Initial clock synchronization|Synchronized) to time server|synchronized to) (?:\[(?<boxed>[0-9a-fA-F:.]{2,45})\](?::123)?|(?<v4>\d{1,3}(?:\.\d{1,3}){3})(?::123)?|(?<v6>[0-9a-fA-F:]{2,45}))(?:[ ,]|\.?$)/;

// Which server the time came from: a connection outward.
function server(text: string): EcsFields {
  const said = SERVER.exec(text)?.groups;
  const ip = canonicalIp(said?.['boxed'] ?? said?.['v4'] ?? said?.['v6'] ?? '');
  if (ip === null) return {};
  return {
    'network.direction': 'egress',
    'network.transport': 'udp',
    'destination.ip': ip,
    'destination.port': NTP_PORT,
  };
}

/** A clock that was set, from chronyd, ntpd, OpenNTPD, timesyncd or timedated; null for their other messages. */
export function clockMessage(text: string): EcsFields | null {
  for (const pattern of STEPPED) {
    const match = pattern.exec(text);
    if (!match) continue;
    const step = match.groups?.['step'];
    const slewed = match.groups?.['slew'] !== undefined;
    return {
      'event.category': slewed ? PROCESS : HOST,
      'event.type': slewed ? INFO : CHANGE,
      'event.action': slewed ? 'clock_slewed' : 'clock_set',
      'event.reason': text.slice(0, 200),
      'spoor.clock.step': step === undefined ? undefined : Number(step),
    };
  }
  if (!SYNCED.test(text)) return null;
  return { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'clock_synced', ...server(text) };
}
