import type { Noted } from './noted.ts';
import { placesIn } from './web-ran.ts';
import { words } from './web-words.ts';

/** Servers behind servers decode again. */
const ROUNDS = 2;
/** A word or two stand in many requests. */
const LEAST_LENGTH = 8;
/** What parts the commands of a shell's line, and a text from what stands around it. */
const PARTS = /[;|&`(){}<>\n'"$?]+/;
const OF_A_SHELL = /[;|&`$\n]/;

/** What a request asks a server to run. */
export interface Asked {
  /** Places to fetch from. */
  readonly places: readonly string[];
  /** Whole commands, as a program would be given them. */
  readonly commands: readonly string[];
  /** Values with what only a shell takes for its own. */
  readonly values: readonly string[];
  /** It only hands over an address, as a form that imports or shows a page takes it. */
  readonly isOfUrls: boolean;
}

/** Of the referrer nothing: that is where somebody came from. */
export function asked({ fields }: Noted): Asked {
  const categories = fields['rule.category'];
  const of = Array.isArray(categories) ? categories : [];
  const url = decoded(fields['url.original']);
  const said = `${url}\n${decoded(fields['user_agent.original'])}`;
  return {
    places: placesIn(said),
    commands: commandsIn(said),
    values: of.includes('rce') ? valuesIn(String(fields['url.query'] ?? '')) : [],
    isOfUrls: of.length > 0 && of.every((category) => category === 'rfi' || category === 'ssrf'),
  };
}

const decoded = (text: unknown): string => words(text, ROUNDS).replace(/\$\{?IFS\}?(?:\$9)?/g, ' ');

function commandsIn(said: string): string[] {
  const parts = said.split(PARTS).flatMap((part) => [part, part.slice(part.indexOf('=') + 1)]);
  return [...new Set(parts.map((part) => part.trim()))].filter(
    (part) => part.length >= LEAST_LENGTH && part.includes(' '),
  );
}

function valuesIn(query: string): string[] {
  return query
    .split('&')
    .map((pair) => decoded(pair.slice(pair.indexOf('=') + 1)))
    .filter((value) => value.length >= LEAST_LENGTH && OF_A_SHELL.test(value));
}

/** One name may be the other's beginning: "web1" and "web1.example.com". */
export function isOfOneHost(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}
