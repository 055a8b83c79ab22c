import type { EcsFields } from '../../core/event.ts';
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
  /^(?:Initial (?:clock )?synchronization to|Synchronized to time server|Selected source|clock is now synced)/;

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
  return { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'clock_synced' };
}
