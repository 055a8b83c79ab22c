import type { Action } from '../trace/story.ts';
import { columnsOf, type Line, line, lineColumns, say, wrap } from './layout.ts';
import { andMore, labelled, type Telling } from './telling.ts';
import { ACTION, list, number } from './words.ts';

const MOST = 5;

/** Actions that say the same of several hosts, or things to keep, as one. */
export interface Advice {
  readonly action: Action;
  readonly hosts: string[];
  readonly targets: string[];
}

/** Actions together that say the same. */
export function together(actions: readonly Action[]): Advice[] {
  const found = new Map<string, Advice>();
  for (const action of actions) {
    const { kind, host, target, command, reason } = action;
    const key = kind === 'preserve' ? `${kind}\n${reason}\n${command}` : [kind, target, command].join('\n');
    const known = found.get(key);
    if (known) {
      known.hosts.push(host);
      known.targets.push(target);
    } else found.set(key, { action, hosts: [host], targets: [target] });
  }
  return [...found.values()];
}

/** The sentence; its reason in brackets where there is room on the line, or no command to follow. */
function sentence({ action, hosts, targets }: Advice, room: number): Line[] {
  const [before = '', after = ''] = ACTION[action.kind].split('{}');
  const named = [...new Set(hosts)].filter((host) => host !== '' && !targets.includes(host));
  const kept = [...new Set(targets)];
  const target = kept.length > 1 ? list(kept, 6) : action.target;
  const where = named.length > 0 ? ` on ${list(named)}` : '';
  const order = line(say(`${before}${target}${after}${where}`, 'strong'));
  const full = [...order, say(action.reason ? ` (${action.reason})` : '', 'faint')];
  return lineColumns(full) <= room || action.command === '' ? wrap(full, room, 2) : wrap(order, room, 2);
}

/** Shell words with their quotes; null when the quotes do not pair. */
function shellWords(command: string): string[] | null {
  const words = command.match(/(?:[^\s'"\\]|\\.|'[^']*'|"[^"]*")+/g) ?? [];
  return words.join(' ') === command ? words : null;
}

/**
 * A command to paste, broken only where a shell reads it the same. Null when it cannot be shown as it is: it holds
 * something unprintable, or a word wider than the room.
 */
export function commandLines(command: string, room: number): string[] | null {
  if (say(command).text !== command) return null;
  if (columnsOf(command) <= room) return [command];
  const words = shellWords(command);
  if (!words || words.some((word) => columnsOf(word) > room - 4)) return null;
  const lines: string[] = [];
  let current = '';
  for (const word of words) {
    const next = current === '' ? word : `${current} ${word}`;
    if (columnsOf(next) > room - 2) {
      lines.push(`${current} \\`);
      current = `  ${word}`;
    } else current = next;
  }
  return [...lines, current];
}

function commandBlock(command: string, room: number): Line[] {
  if (command === '') return [];
  const lines = commandLines(command, room - 3);
  if (!lines) return [line('   ', say('the command cannot be shown here: see actions in --json', 'faint'))];
  return lines.map((text) => line('   ', { text, tone: 'code' }));
}

/** Numbered actions with their commands. */
export function adviceLines({ room }: Telling, actions: readonly Action[], most: number): Line[] {
  const all = together(actions);
  const shown = all
    .slice(0, most)
    .flatMap((advice, at) => [
      ...sentence(advice, room - 3).map((spans, row) => [say((row === 0 ? number(at + 1) : '').padEnd(3)), ...spans]),
      ...commandBlock(advice.action.command, room),
    ]);
  return [...shown, ...andMore(all.length - most, 'thing to do', '--json', 'things to do')];
}

/** What to do now. */
export function adviceSection(telling: Telling): Line[] {
  return labelled('Do now', adviceLines(telling, telling.story.actions, MOST));
}
