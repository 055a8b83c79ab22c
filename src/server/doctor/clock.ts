import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DoctorLine } from '../../api/view.ts';
import type { Source } from '../../state/sources.ts';
import type { Server } from '../serve.ts';
import { ok, warn } from './line.ts';

const LIMIT_MS = 3000;
const STEPPED_MS = 1000;
const SKEW_MS = 5000;
const NAMED = 5;

/** Is this machine's clock kept right, was it set since we started, and do senders agree with it? */
export async function clock(server: Server): Promise<DoctorLine[]> {
  const origin = server.options.config.ledger.origin;
  const sources = await server.state.state.sources.list(origin).catch(() => []);
  return [await synchronized(), stepped(), ...senders(sources)];
}

async function synchronized(): Promise<DoctorLine> {
  const asked = promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
    timeout: LIMIT_MS,
  });
  const answer = await asked.then(({ stdout }) => stdout.trim()).catch(() => '');
  if (answer === 'yes') return ok('clock', 'this machine’s clock is synchronized');
  const todo = 'Receive times are evidence: run chrony, ntpd or systemd-timesyncd on this machine.';
  if (answer === 'no') return warn('clock', 'this machine’s clock is not synchronized', todo);
  return warn(
    'clock',
    'whether this machine’s clock is synchronized cannot be told here (timedatectl does not answer)',
    todo,
  );
}

/** Receive times follow the clock, and never go back: those that came while it was ahead have its time, and so have the next ones. */
function stepped(): DoctorLine {
  const byMs = Date.now() - (performance.timeOrigin + performance.now());
  if (Math.abs(byMs) < STEPPED_MS) return ok('clock', 'it was not set since Spoor started');
  return warn(
    'clock',
    `it was set by ${Math.round(byMs / 1000)} s since Spoor started`,
    byMs > 0
      ? 'Is it right now? Receive times are evidence.'
      : 'Receive times never go back: they stand still until the clock is where it was.',
  );
}

/** Lines about senders' clocks. */
export function senders(sources: readonly Pick<Source, 'stream' | 'clockSkewMs' | 'trust'>[]): DoctorLine[] {
  const told = sources.filter(({ clockSkewMs, trust }) => clockSkewMs !== null && trust !== 'local');
  if (told.length === 0) return [];
  const off = told.filter(({ clockSkewMs }) => Math.abs(clockSkewMs ?? 0) > SKEW_MS);
  if (off.length === 0)
    return [
      ok(
        'clock',
        told.length === 1 ? 'the one sender’s clock agrees with it' : `${told.length} senders’ clocks agree with it`,
      ),
    ];
  const words = off.slice(0, NAMED).map(({ stream, clockSkewMs }) => {
    const seconds = Math.round((clockSkewMs ?? 0) / 1000);
    return `${stream} ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`;
  });
  const more = off.length > NAMED ? ` and ${off.length - NAMED} more` : '';
  const same = told.length > 2 && off.length * 2 > told.length;
  return [
    warn(
      'clock',
      `${off.length} of ${told.length} senders’ clocks ${off.length === 1 ? 'is off, or its lines come' : 'are off, or their lines come'} late: ${words.join(', ')}${more}`,
      same ? 'Most senders disagree with this machine: look at its clock first.' : 'Set these hosts’ clocks.',
    ),
  ];
}
