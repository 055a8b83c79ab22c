import { type FindingKind, findingOf } from './finding-of.ts';
import type { Citer, Noted } from './noted.ts';
import { text } from './session-index.ts';
import type { Finding } from './story.ts';
import { isWindows } from './windows.ts';

interface Kind extends FindingKind {
  readonly tellsOf: (event: Noted) => string;
}

/** Where no installer puts a service's program, and what no service is: a shell line. */
const ODD_PROGRAM =
  /\\(?:users|temp|tmp|programdata|perflogs|public|recycler|\$recycle\.bin|admin\$|c\$)\\|%comspec%|\b(?:cmd|powershell|pwsh|mshta|rundll32|regsvr32|wscript|cscript)(?:\.exe)?["']? +[/-]?\w/i;
/** Windows' own subscription, on every host. */
const OWN_SUBSCRIPTION = /SCM Event Log/;

const KINDS: readonly (readonly [action: string, kind: Kind])[] = [
  [
    'log_cleared',
    {
      title: 'Windows log wiped',
      level: 'high',
      techniques: ['T1070.001'],
      tellsOf: ({ fields }) => text(fields['event.reason']),
    },
  ],
  [
    'service_installed',
    {
      title: 'Service put in that runs from an odd place',
      level: 'high',
      techniques: ['T1543.003'],
      tellsOf: ({ fields }) => {
        const program = text(fields['process.command_line']) || text(fields['registry.data.strings']);
        return ODD_PROGRAM.test(program.slice(0, 4096)) ? `${text(fields['service.name'])}: ${program}` : '';
      },
    },
  ],
  [
    'wmi_subscription',
    {
      title: 'Lasting WMI subscription made',
      level: 'medium',
      techniques: ['T1546.003'],
      tellsOf: ({ message, fields }) => {
        const said = text(fields['spoor.wmi.operation']) || message;
        return OWN_SUBSCRIPTION.test(said) ? '' : said;
      },
    },
  ],
];

/** What Windows' events say that a person should know, beside commands and moves: one finding for each kind and host. */
export function findOnWindows(notables: readonly Noted[], citer: Citer): Finding[] {
  const groups = new Map<string, { kind: Kind; detail: string; events: Noted[] }>();
  for (const event of notables) {
    if (!isWindows(event)) continue;
    const kind = KINDS.find(([action]) => action === event.fields['event.action'])?.[1];
    const detail = kind?.tellsOf(event) ?? '';
    if (kind === undefined || detail === '') continue;
    const key = `${event.host} ${kind.title}`;
    const known = groups.get(key);
    if (known) known.events.push(event);
    else groups.set(key, { kind, detail, events: [event] });
  }
  return [...groups.values()].map(({ kind, detail, events }) => {
    const user = text(events[0]?.fields['user.name']);
    return findingOf(kind, events, `${user ? `${user}: ` : ''}${detail.slice(0, 300)}`, citer);
  });
}
