import type { Noted } from '../noted.ts';
import { text } from '../session-index.ts';
import type { Confidence } from '../story.ts';
import type { SignKind } from './visit.ts';

/** Signs of all that one account did on a host in one stay. */
export type Signs = ReadonlyMap<SignKind, readonly Noted[]>;

/** What something was done by says most; rights and programs only support it. */
const POINTS: Readonly<Record<SignKind, number>> = {
  process: 4,
  share_write: 3,
  service: 3,
  task: 3,
  exec_pipe: 3,
  powershell: 3,
  service_pipe: 2,
  task_pipe: 2,
  wmi: 2,
  subscription: 3,
  winrm: 2,
  winrm_port: 2,
  desktop: 2,
  rpc_port: 1,
  program: 2,
  console: -2,
  command: 1,
  credentials: 1,
  elevated: 1,
  share: 0,
  registry_pipe: 1,
};
/** These say nothing of what was done. */
const SUPPORT: ReadonlySet<SignKind> = new Set<SignKind>([
  'program',
  'console',
  'command',
  'credentials',
  'elevated',
  'share',
  'registry_pipe',
]);
const ENOUGH = 3;

/** How surely a stay is a move, in points; 0 for an ordinary logon. */
export function pointsOf(signs: Signs): number {
  let acts = 0;
  let points = 0;
  for (const kind of signs.keys()) {
    if (kind !== 'console') points += POINTS[kind];
    if (!SUPPORT.has(kind)) acts += POINTS[kind];
  }
  if (acts < POINTS.process && signs.has('console')) points += POINTS.console; // looking after hosts, not yet using one
  const plain = acts >= 2 || (signs.has('rpc_port') && signs.has('program'));
  return plain && points >= ENOUGH ? points : 0;
}

/** The confidence that so many points give. */
export function confidenceIn(points: number): Confidence {
  return points >= 7 ? 'high' : points >= 5 ? 'medium' : 'low';
}

const WMI = /\\wmiprvse\.exe$/i;
const REMOTING = /\\(?:wsmprovhost|winrshost)\.exe$/i;

function isBy(event: Noted, program: RegExp): boolean {
  const { fields } = event;
  return program.test(text(fields['process.parent.executable'])) || program.test(text(fields['process.executable']));
}

/** By which way somebody came, in a word or two. */
export function wayOf(signs: Signs): string {
  const processes = signs.get('process') ?? [];
  const remoting = signs.has('winrm') || signs.has('winrm_port') || signs.has('powershell');
  if (remoting || processes.some((event) => isBy(event, REMOTING))) return 'WinRM';
  if (signs.has('service') || signs.has('exec_pipe')) return 'remote service';
  if (signs.has('task') || signs.has('task_pipe')) return 'scheduled task';
  if (signs.has('wmi') || signs.has('subscription') || processes.some((event) => isBy(event, WMI))) return 'WMI';
  if (processes.some(({ fields }) => / [-/]embedding\b/i.test(text(fields['process.command_line'])))) return 'DCOM';
  if (signs.has('service_pipe')) return 'remote service';
  if (signs.has('desktop')) return 'remote desktop';
  if (signs.has('share_write')) return 'file share';
  return signs.has('rpc_port') ? 'RPC' : 'network';
}

/** Technique of ATT&CK of a way. */
export const TECHNIQUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['WinRM', ['T1021.006']],
  ['remote service', ['T1021.002', 'T1569.002']],
  ['scheduled task', ['T1053.005']],
  ['WMI', ['T1047']],
  ['DCOM', ['T1021.003']],
  ['remote desktop', ['T1021.001']],
  ['file share', ['T1021.002']],
]);

/** Title of the finding that a move gives. */
export const MOVED = 'Programs run or files laid down from another host';
