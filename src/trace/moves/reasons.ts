import type { Noted } from '../noted.ts';
import { text } from '../session-index.ts';
import type { Signs } from './score.ts';
import type { SignKind } from './visit.ts';

const MAX_SAID = 120;

type Saying = (events: readonly Noted[]) => string;

const one = (events: readonly Noted[], name: string) => text(events[0]?.fields[name]).slice(0, MAX_SAID);
const times = ({ length }: readonly Noted[]) => (length === 1 ? 'once' : `${length.toLocaleString('en')} times`);

/** What each sign says, the strongest first. */
const SAYINGS: readonly (readonly [kind: SignKind, say: Saying])[] = [
  ['process', (events) => `a program ran in the network logon itself: ${programOf(events)}`],
  ['service', (events) => `a service was installed beside the logon: ${named(one(events, 'service.name'))}`],
  ['task', (events) => `a scheduled task was made or changed in the logon: ${named(one(events, 'service.name'))}`],
  ['share_write', (events) => `a file was written through an administrative share: ${named(one(events, 'file.path'))}`],
  ['subscription', () => 'a lasting WMI subscription was made beside the logon'],
  ['exec_pipe', (events) => `the pipe of a remote execution tool was opened: ${named(one(events, 'file.path'))}`],
  ['powershell', (events) => `PowerShell ran for another host ${times(events)}`],
  ['service_pipe', () => 'the service manager was opened from the network'],
  ['task_pipe', () => 'the task scheduler was opened from the network'],
  ['wmi', (events) => `WMI was called from ${named(one(events, 'source.domain'))}`],
  ['winrm', () => 'a WinRM shell was opened'],
  ['winrm_port', () => 'the logon came over WinRM'],
  ['desktop', () => 'a desktop was opened from the network'],
  ['rpc_port', () => 'the logon came over RPC'],
  ['program', (events) => `on the source the connection was opened by ${named(one(events, 'process.name'))}`],
  ['command', (events) => `on the source a command named this host: ${one(events, 'process.command_line')}`],
  ['credentials', () => 'on the source credentials for this host were given'],
  ['registry_pipe', () => 'the registry was opened from the network'],
  ['share', () => 'an administrative share was opened'],
  ['elevated', () => 'the logon had an administrator’s rights'],
  ['console', () => 'an administrator’s console opened the connection'],
];

/** Why a stay is told as a move, the strongest reason first. */
export function reasonsOf(signs: Signs): string[] {
  return SAYINGS.flatMap(([kind, say]) => {
    const events = signs.get(kind);
    return events ? [say(events)] : [];
  });
}

/** Lines to show for a stay: one of each sign first, the strongest first. */
export function linesOf(signs: Signs, most: number): Noted[] {
  const lists = SAYINGS.map(([kind]) => signs.get(kind) ?? []);
  const chosen = new Set<Noted>();
  for (let round = 0; round < most && chosen.size < most; round += 1)
    for (const list of lists) {
      const event = list[round];
      if (event !== undefined && chosen.size < most) chosen.add(event);
    }
  return [...chosen];
}

// Windows starts its hosts for callers; what they in turn start says more.
function programOf(events: readonly Noted[]): string {
  const telling = events.find(
    ({ fields }) => !/\\(?:wsmprovhost|conhost|wmiprvse)\.exe$/i.test(text(fields['process.executable'])),
  );
  return text((telling ?? events[0])?.fields['process.command_line']).slice(0, MAX_SAID);
}

function named(name: string): string {
  return name === '' ? 'its name is not told' : name;
}
