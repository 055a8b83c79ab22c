import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { DoctorLine } from '../../api/view.ts';
import type { Server } from '../serve.ts';
import { bad, ok, said, warn } from './line.ts';
import { tlsOf } from './tls-files.ts';

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
const NOW_DAYS = 3;
const PEM = /-----BEGIN CERTIFICATE-----[^-]{1,100000}-----END CERTIFICATE-----/g;

/** Until when the certificates of listeners, and those of the authorities, are good. */
export async function certificates(server: Server): Promise<DoctorLine[]> {
  const files = new Map<string, string>();
  for (const source of server.options.config.sources) {
    const tls = tlsOf(source, server.options.paths);
    if (tls === null) continue;
    files.set(tls.certificate, `certificate of ${source.name ?? source.type}`);
    if (tls.ca !== undefined) files.set(tls.ca, `authority of ${source.name ?? source.type}`);
  }
  const lines = [...files].map(async ([path, area]) => judge(area, path, await readFile(path, 'latin1'), Date.now()));
  return (await Promise.all([...lines.map((line) => line.catch((error: unknown) => [unread(error)]))])).flat();
}

const unread = (error: unknown): DoctorLine =>
  bad('certificate', said(error), 'Put the file there, readable for Spoor; the listener reads it again by itself.');

/** The first certificate of a listener's file, or all authorities. */
export function judge(area: string, path: string, pem: string, nowMs: number): DoctorLine[] {
  const all = [...pem.matchAll(PEM)].map(([text]) => new X509Certificate(text));
  if (all.length === 0) return [bad(area, `${path} holds no certificate`, 'Put a PEM file there.')];
  return (area.startsWith('authority') ? all : all.slice(0, 1)).map((one) => dated(area, path, one, nowMs));
}

function dated(
  area: string,
  path: string,
  { validFrom, validTo, subject }: X509Certificate,
  nowMs: number,
): DoctorLine {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  const name = subject.replaceAll('\n', ', ');
  const days = Math.floor((to - nowMs) / DAY_MS);
  const todo = `Renew ${path}; the listener reads it again by itself.`;
  if (to < nowMs) return bad(area, `${name} ended on ${day(to)}: senders do not connect`, todo);
  if (from > nowMs)
    return bad(
      area,
      `${name} begins on ${day(from)} only`,
      'Look at this machine’s clock, or take another certificate.',
    );
  const words = `${name} is good until ${day(to)} (${days} days)`;
  if (days < NOW_DAYS && to - from > 8 * DAY_MS) return bad(area, words, todo);
  return days < Math.min(SOON_DAYS, ((to - from) / DAY_MS) * 0.25) ? warn(area, words, todo) : ok(area, words);
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
