import { isPublic, parseIp } from '../../core/ip.ts';
import type { StepDraft } from '../draft.ts';
import type { Noted } from '../noted.ts';
import { domain } from '../outbound.ts';

/** An outside end that a command names. */
export interface Named {
  readonly host: string;
  readonly to: string;
  readonly port: number; // 0: the command does not say
  readonly noted: Noted;
}

const MAX_TEXT = 4096;
const MAX_EACH = 8;
const URL =
  /\b(?:https?|ftps?|tftp|wss?|tcp|stratum(?:\+\w{2,4})?):\/\/(?:[^\s/@"']{1,64}@)?(?<host>\[[0-9a-fA-F:.]{2,45}\]|[\w.-]{1,253})(?::(?<port>\d{1,5}))?/gi;
const DEVICE = /\/dev\/(?:tcp|udp)\/(?<host>[\w.:-]{1,253})\/(?<port>\d{1,5})/g;
// What takes a host as a word of its own, with the port as the next word or after a colon.
const TOOLS =
  /(?:^|[\s;|&(/])(?:nc|ncat|netcat|socat|telnet|ssh|scp|sftp|rsync|curl|wget|openssl|chisel|frpc|autossh|ftp|tftp)\s(?<rest>[^;|&\n]{1,512})/g;
const WORD = /(?:^|[\s@])(?:TCP:)?(?<host>(?:\d{1,3}\.){3}\d{1,3})(?:[:\s](?<port>\d{1,5})(?=[\s/,]|$))?/g;
const QUICK = /:\/\/|\/dev\/(?:tcp|udp)\/|\d\.\d/;

/** Outside addresses and domains that a command line names as something to talk to; never one of the own site. */
export function endsIn(commandLine: string): { readonly to: string; readonly port: number }[] {
  const text = commandLine.slice(0, MAX_TEXT);
  if (!QUICK.test(text)) return [];
  const ends = new Map<string, { to: string; port: number }>();
  const take = (groups: Record<string, string | undefined> | undefined) => {
    const to = outside(groups?.['host'] ?? '');
    const port = Number(groups?.['port'] ?? 0);
    if (to !== '' && ends.size < MAX_EACH && !ends.has(to)) ends.set(to, { to, port: port <= 65_535 ? port : 0 });
  };
  for (const { groups } of text.matchAll(URL)) take(groups);
  for (const { groups } of text.matchAll(DEVICE)) take(groups);
  for (const { groups } of text.matchAll(TOOLS))
    for (const { groups: word } of (groups?.['rest'] ?? '').matchAll(WORD)) take(word);
  return [...ends.values()];
}

function outside(host: string): string {
  const text = host.replace(/^\[|\]$/g, '');
  const ip = parseIp(text);
  if (ip !== null) return isPublic(ip) ? ip.text : '';
  return domain(text);
}

/** The same for steps, with the host on which each was typed. */
export function namedIn(steps: Iterable<StepDraft>): Named[] {
  const named: Named[] = [];
  for (const { noted, text } of steps)
    for (const { to, port } of endsIn(text)) named.push({ host: noted.host, to, port, noted });
  return named;
}
