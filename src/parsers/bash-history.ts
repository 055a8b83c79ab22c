import type { EmitRecord, LineContext, RecordReader, RecordsParser } from '../core/stages.ts';
import { looksLikeHistory } from './shell-history/told.ts';

const STAMP = /^#(?<seconds>\d{9,10})$/; // bash, with HISTTIMEFORMAT set
const ZSH = /^: (?<seconds>\d{9,10}):(?<elapsed>\d{1,9});(?<command>.*)$/s; // zsh, EXTENDED_HISTORY
const FISH = /^- cmd: (?<command>.*)$/s;
const FISH_WHEN = /^ {2}when: (?<seconds>\d{9,10})$/;
const MAX_LINES = 1000;

interface Entry {
  readonly line: number;
  readonly raw: string[];
  readonly command: string[];
  seconds: number;
  readonly shell: 'bash' | 'zsh' | 'fish' | undefined; // undefined: no stamp tells
}

/**
 * Reads the history that shells keep. Stamped lines are told anywhere; where they are found among lines of other formats,
 * one command is taken for each stamp. In an input that is a history, all lines are commands.
 */
class Reader implements RecordReader {
  readonly #emit: EmitRecord;
  #whole: boolean | null = null;
  #stamped = false;
  #entry: Entry | null = null;

  constructor(emit: EmitRecord) {
    this.#emit = emit;
  }

  push(line: string, number: number): boolean {
    if (line.includes('\0')) return false;
    const stamp = STAMP.exec(line)?.groups;
    const zsh = stamp ? undefined : ZSH.exec(line)?.groups;
    const fish = stamp || zsh ? undefined : FISH.exec(line)?.groups;
    this.#whole ??= number === 1 || !(stamp || zsh || fish);
    if (stamp) this.#begin(line, number, 'bash', Number(stamp['seconds']));
    else if (zsh) this.#begin(line, number, 'zsh', Number(zsh['seconds']), zsh['command']);
    else if (fish) this.#begin(line, number, 'fish', Number.NaN, fish['command']);
    else return this.#continue(line, number);
    this.#stamped ||= stamp !== undefined;
    return true;
  }

  end(): void {
    const entry = this.#entry;
    this.#entry = null;
    if (entry === null) return;
    const command = entry.command.join('\n');
    const timed = Number.isFinite(entry.seconds);
    const parsed = {
      time: timed ? entry.seconds * 1000 : Number.NaN,
      certainty: timed ? ('exact' as const) : ('none' as const),
      message: command,
      fields: {
        'event.category': ['process'],
        'event.type': ['start'],
        'event.action': 'command',
        'process.command_line': command,
        'spoor.shell': entry.shell,
      },
    };
    this.#emit(parsed, entry.line, entry.raw.length, entry.raw.join('\n'));
  }

  #begin(line: string, number: number, shell: Entry['shell'], seconds: number, command?: string): void {
    this.end();
    this.#entry = { line: number, raw: [line], command: command === undefined ? [] : [command], seconds, shell };
  }

  #continue(line: string, number: number): boolean {
    const entry = this.#entry;
    if (entry !== null && this.#belongs(entry, line)) {
      entry.raw.push(line);
      if (entry.shell !== 'fish') entry.command.push(line);
      return true;
    }
    this.end();
    if (!this.#whole) return false;
    this.#begin(line, number, undefined, Number.NaN, line);
    return true;
  }

  // A command of several lines: all up to the next stamp (bash), each but the last ending in a backslash (zsh).
  #belongs(entry: Entry, line: string): boolean {
    if (entry.raw.length >= MAX_LINES) return false;
    if (entry.shell === 'zsh') return entry.command.at(-1)?.endsWith('\\') ?? false;
    if (entry.shell === 'fish') return this.#fishDetail(entry, line);
    return Number.isFinite(entry.seconds) && (entry.command.length === 0 || (this.#whole === true && this.#stamped));
  }

  #fishDetail(entry: Entry, line: string): boolean {
    const when = FISH_WHEN.exec(line)?.groups?.['seconds'];
    if (when !== undefined) entry.seconds = Number(when);
    return when !== undefined || line === '  paths:' || line.startsWith('    - ');
  }
}

/** History files of bash, zsh and fish (and of sh and its kin, which keep no times). */
export default {
  kind: 'records',
  name: 'bash-history',
  claims: (line: string) => {
    const code = line.charCodeAt(0);
    return (code === 0x23 && STAMP.test(line)) || (code === 0x3a && ZSH.test(line));
  },
  accepts: looksLikeHistory,
  open: (_: LineContext, emit: EmitRecord) => new Reader(emit),
} satisfies RecordsParser;
