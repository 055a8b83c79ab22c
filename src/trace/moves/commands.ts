import { addTo } from '../../core/grouped.ts';
import type { Noted } from '../noted.ts';
import { text } from '../session-index.ts';
import type { HostAddresses } from './addresses.ts';
import { nearest, type Visit } from './visit.ts';

/** A command is told at the source just before its logon on the target; the two clocks may differ. */
const NEAR_MS = 120_000;
const MAX_INPUT = 1000;
const MAX_WORDS = 100;
const WORDS = /[A-Za-z0-9][\w.-]{0,253}/g;

/** Commands on one host that name another, by the host that they name. */
export class NamingCommands {
  readonly #byTarget = new Map<string, Noted[]>();

  constructor(events: readonly Noted[], addresses: HostAddresses) {
    for (const event of events) {
      if (event.fields['event.action'] !== 'command' || Number.isNaN(event.time)) continue;
      for (const target of targetsIn(text(event.fields['process.command_line']), addresses))
        if (target !== event.host) addTo(this.#byTarget, target, event);
    }
  }

  /** The command nearest to a visit that names its host, from where it came or, when that is not known, from anywhere. */
  nearestTo({ host, start }: Visit, source: string): Noted | undefined {
    const all = this.#byTarget.get(host) ?? [];
    const found = nearest(all, start, NEAR_MS, ({ time }) => time);
    return found && (source === '' || found.host === source) ? found : undefined;
  }
}

function targetsIn(command: string, addresses: HostAddresses): Set<string> {
  const found = new Set<string>();
  const words = command.slice(0, MAX_INPUT).match(WORDS) ?? [];
  for (const word of words.slice(0, MAX_WORDS)) {
    const bare = word.replace(/[.-]+$/, '');
    const host = addresses.hostOf(bare) || addresses.known(bare) || addresses.known(bare.split('.')[0] ?? '');
    if (host !== '') found.add(host);
  }
  return found;
}
