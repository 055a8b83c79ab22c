import type { SessionDraft } from './draft.ts';
import { rotationOf } from './log-series.ts';
import type { InputFacts, MissingOptions } from './missing-facts.ts';
import { cite, instant } from './noted.ts';
import { RotatedLately } from './rotated-lately.ts';
import type { Missing } from './story.ts';
import { zeroedRecords } from './zeroed-records.ts';

const MAX_ABSENT = 5;

/** Rotated files whose number is absent between others. */
export function rotationHoles(inputs: readonly InputFacts[]): Missing[] {
  const numbers = new Map<string, { host: string; have: Set<number> }>();
  const paths = new Set(inputs.map(({ path }) => path));
  for (const { path, host } of inputs) {
    const { base, number } = rotationOf(path);
    if (number === null || (isNumbered(base) && !paths.has(base))) continue;
    const known = numbers.get(base) ?? { host, have: new Set<number>() };
    known.have.add(number);
    numbers.set(base, known);
  }
  return [...numbers].flatMap(([base, { host, have }]) => {
    const most = Math.max(...have);
    const absent = Array.from({ length: most - 1 }, (_, at) => at + 1).filter(
      (number) => !have.has(number) && most < 1000,
    );
    return absent.slice(0, MAX_ABSENT).map((number): Missing => {
      const detail = `rotated file number ${number} is absent, though ${most} is there`;
      return {
        kind: 'rotation_missing',
        host,
        file: `${base}.${number}`,
        from: null,
        to: null,
        detail,
        suspicion: 'medium',
        evidence: [],
      };
    });
  });
}

// "log.10.0.0.15", "php8.2": the number belongs to an address or a version, unless the file without it lies beside it.
function isNumbered(base: string): boolean {
  return /\d$/.test(base);
}

/** Logs of which not all is told, for somebody filled them: with ever new names or commands, or with long ones. */
export function flooded(inputs: readonly InputFacts[]): Missing[] {
  return inputs.flatMap(({ path, host, crowded, shortened }): Missing[] => {
    const common = { kind: 'flooded' as const, host, file: path, from: null, to: null, evidence: [] };
    const untold = `not told but counted: ${crowded.toLocaleString('en')}, for there were too many different ones like them`;
    const cut = `long texts of which only the beginning was kept: ${shortened.toLocaleString('en')}`;
    return [
      ...(crowded > 0 ? [{ ...common, detail: untold, suspicion: 'medium' as const }] : []),
      ...(shortened > 0 ? [{ ...common, detail: cut, suspicion: 'low' as const }] : []),
    ];
  });
}

/** Logs, login records and histories that are empty, overwritten, or begin in the middle. */
export function emptied(options: MissingOptions): Missing[] {
  return [...emptyFiles(options), ...zeroedRecords(options), ...beheaded(options)];
}

// Every file is looked at once: there may be hundreds of thousands, all of them empty.
function emptyFiles(options: MissingOptions): Missing[] {
  const { inputs, sessions } = options;
  const logins = sessions.filter((draft) => draft.seen.login);
  const lived = new Set(logins.map(({ host }) => host));
  const recorded = new Set(logins.filter(leavesRecord).map(({ host }) => host));
  const rotated = new Set<string>(); // logs whose first rotation holds something
  const rotating = new Set<string>(); // hosts that have a first rotation of anything
  for (const { path, host, size } of inputs) {
    const { base, number } = rotationOf(path);
    if (number !== 1) continue;
    rotating.add(host);
    if (size > 0) rotated.add(base);
  }
  const dated = new RotatedLately(options);
  return inputs
    .filter((input) => input.read && input.size === 0 && !rotated.has(input.path) && !dated.has(input))
    .flatMap((input) => emptyFile(input, lived.has(input.host), !recorded.has(input.host) || rotating.has(input.host)));
}

// Only a login with a terminal leaves a record, and by no means all logins have one.
function leavesRecord({ terminal }: SessionDraft): boolean {
  return terminal.startsWith('pts') || terminal.startsWith('tty');
}

function emptyFile({ path, host, mtimeMs }: InputFacts, lived: boolean, unsure: boolean): Missing[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const common = { host, file: path, from: null, to: mtimeMs === null ? null : instant(mtimeMs), evidence: [] };
  if (name === 'wtmp' && lived) {
    const detail = 'the login records are empty, though logins took place';
    return [{ ...common, kind: 'wtmp_zeroed', detail, suspicion: unsure ? 'medium' : 'high' }];
  }
  if (/^\.(?:bash|zsh|sh|ash)?_?history$/.test(name)) {
    const detail = 'the command history is empty';
    return [{ ...common, kind: 'history_emptied', detail, suspicion: lived ? 'medium' : 'low' }];
  }
  if (/^(?:auth\.log|secure|syslog|messages|audit\.log)$/.test(name))
    return [{ ...common, kind: 'truncated', detail: 'the log is empty', suspicion: lived ? 'high' : 'medium' }];
  return [];
}

// Login records that begin with a logout, though the same host saw logins before: what stood in front was cut off.
function beheaded({ inputs, notables, sessions, citer }: MissingOptions): Missing[] {
  return inputs.flatMap(({ path, host }, at): Missing[] => {
    const { base, number } = rotationOf(path);
    if (!/(?:^|[/!])wtmp$/.test(base) || number !== null) return [];
    const first = notables.find((noted) => noted.input === at && noted.fields['error.code'] === undefined);
    if (first?.fields['event.action'] !== 'session_close') return [];
    const before = sessions.filter(
      (draft) => draft.host === host && draft.start < first.time && !draft.seen.record,
    ).length;
    const rotated = inputs.some((other) => other.path !== path && rotationOf(other.path).base === base);
    if (before === 0 || rotated) return [];
    const detail = `the login records begin with a logout; ${before} ${before === 1 ? 'login' : 'logins'} before it should stand in front`;
    const evidence = [cite(citer, first)];
    return [
      {
        kind: 'wtmp_zeroed',
        host,
        file: path,
        from: null,
        to: instant(first.time),
        detail,
        suspicion: 'medium',
        evidence,
      },
    ];
  });
}
