import type { Noted } from './noted.ts';
import { text } from './session-index.ts';
import { SHELL } from './techniques/calls.ts';

/** What a shell would take for more than a word's letters. */
const TELLING = /[;|&<>`\n]|\$\(/;

/**
 * The command line of an event. The kernel's record of a program holds its words one by one, and joined by spaces a word that a
 * stranger gave (`ping '127.0.0.1;wget …'`) reads as commands that never ran: it is quoted as a shell would need it. A shell's
 * own words are commands, and stay as they are.
 */
export function commandText({ fields }: Pick<Noted, 'fields'>): string {
  const line = text(fields['process.command_line']);
  const args = fields['process.args'];
  if (!Array.isArray(args) || !TELLING.test(line)) return line;
  const words = args.map(String);
  if (words.some((word) => SHELL.test(word.slice(word.lastIndexOf('/') + 1))) || words.join(' ') !== line) return line;
  return words.map((word) => (TELLING.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word)).join(' ');
}
