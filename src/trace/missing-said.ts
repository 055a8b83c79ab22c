import { has } from '../core/event.ts';
import type { MissingOptions } from './missing-facts.ts';
import { cite, instant, type Noted } from './noted.ts';
import { span } from './span.ts';
import type { Missing } from './story.ts';

const RESTART_MS = 300_000;

/** What the logging programs and the bytes themselves say of lines that are not there. */
export function saidByLogs({ notables, citer }: MissingOptions): Missing[] {
  return notables.flatMap((noted): Missing[] => {
    const action = noted.fields['event.action'];
    const code = noted.fields['error.code'];
    if (code === undefined && action !== 'log_stopped' && action !== 'log_lost') return [];
    const at = instant(noted.time);
    const file = citer.paths[noted.input] ?? '';
    const common = { host: noted.host, file, from: at, to: at, evidence: [cite(citer, noted)] };
    if (action === 'log_stopped') return [loggingStopped(noted, notables, common)];
    return action === 'log_lost' ? [linesLost(noted, common)] : brokenBytes(noted, common);
  });
}

function linesLost({ fields, parser }: Noted, common: Common): Missing {
  const count = fields['spoor.lost.count'];
  const detail = `the logger says it lost ${count === undefined ? 'lines' : `${count} lines`}`;
  const kind = parser === 'audit-message' || parser === 'auditd' ? 'audit_lost' : 'lines_lost';
  return { ...common, kind, detail, suspicion: 'medium' };
}

function brokenBytes({ fields }: Noted, common: Common): Missing[] {
  switch (fields['error.code']) {
    case 'nul_run': {
      const detail = `${fields['spoor.nul.bytes']} NUL bytes: a crash, or lines overwritten or cut under a writer`;
      return [{ ...common, kind: 'nul_run', detail, suspicion: 'medium' }];
    }
    case 'too_long':
      return [
        { ...common, kind: 'truncated', detail: 'a line so long that only its beginning was read', suspicion: 'low' },
      ];
    case 'truncated_record':
      return [{ ...common, kind: 'truncated', detail: 'the last record is cut', suspicion: 'medium' }];
    default:
      return [];
  }
}

type Common = Pick<Missing, 'host' | 'file' | 'from' | 'to' | 'evidence'>;

// The host says that it goes down before it stops the logger, and the logger starts again with the host.
function wentDown({ host, time }: Noted, notables: readonly Noted[], again: Noted | undefined): Noted | undefined {
  const near = (one: Noted, at: number) => one.host === host && Math.abs(one.time - at) <= RESTART_MS;
  return notables.find((one) => {
    const action = one.fields['event.action'];
    return (
      (action === 'shutdown' && near(one, time)) || (action === 'boot' && again !== undefined && near(one, again.time))
    );
  });
}

// Software that is changed is stopped and started by whatever changes it.
function isUpgrade({ host, time }: Noted, notables: readonly Noted[]): boolean {
  return notables.some(
    (one) =>
      one.host === host && Math.abs(one.time - time) <= RESTART_MS && has(one.fields, 'event.category', 'package'),
  );
}

function loggingStopped(noted: Noted, notables: readonly Noted[], common: Common): Missing {
  const later = (action: string, within: number) =>
    notables.find(
      ({ host, time, fields, process }) =>
        host === noted.host &&
        fields['event.action'] === action &&
        time >= noted.time &&
        time <= noted.time + within &&
        (action !== 'log_started' || process === noted.process),
    );
  const again = later('log_started', 30 * 24 * 3600 * 1000);
  const down = later('shutdown', RESTART_MS) ?? later('boot', RESTART_MS) ?? wentDown(noted, notables, again);
  const seconds = again ? again.time - noted.time : Number.NaN;
  const brief = seconds <= 5000 || (seconds <= RESTART_MS && isUpgrade(noted, notables));
  const program = noted.process || 'the logger';
  const until = again ? `for ${span(seconds)}` : 'and was not seen to start again';
  const detail = down ? `${program} stopped with the host` : `${program} was stopped ${until}`;
  return {
    ...common,
    kind: 'logging_stopped',
    to: again ? instant(again.time) : null,
    detail,
    suspicion: down || brief ? 'low' : 'medium',
  };
}
