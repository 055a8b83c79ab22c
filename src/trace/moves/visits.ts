import { addTo } from '../../core/grouped.ts';
import type { NamedSession } from '../findings.ts';
import type { Noted } from '../noted.ts';
import { text } from '../session-index.ts';
import { nearest, type SignKind, Visit } from './visit.ts';

/** A sign without the number of its logon belongs to a visit this near. */
const NEAR_MS = 30_000;
/** One that names neither logon nor account must be nearer. */
const NAMELESS_MS = 5000;
const NETWORK = /^(?:network|remote interactive)/;
/** What parsers write as `spoor.remote.sign`, and what it is here. */
const KINDS: ReadonlyMap<string, SignKind> = new Map<string, SignKind>([
  ['admin_share_write', 'share_write'],
  ['admin_share', 'share'],
  ['service', 'service'],
  ['task', 'task'],
  ['wmi', 'wmi'],
  ['wmi_subscription', 'subscription'],
  ['winrm', 'winrm'],
  ['powershell', 'powershell'],
  ['service_pipe', 'service_pipe'],
  ['task_pipe', 'task_pipe'],
  ['registry_pipe', 'registry_pipe'],
  ['exec_pipe', 'exec_pipe'],
]);
/** Processes that run for whoever calls from another host; what they start is that caller's. */
const CALLED = /\\(?:wmiprvse|wsmprovhost|winrshost)\.exe$/i;

/** Every visit over the network, with the signs that stand beside it on the host itself; in the order of time. */
export function gatherVisits(sessions: readonly NamedSession[], events: readonly Noted[]): Visit[] {
  const visits = new Visits(sessions);
  for (const event of events) visits.place(event);
  return visits.all();
}

class Visits {
  readonly #visits: Visit[] = [];
  /** By host and number of the logon. */
  readonly #byLogon = new Map<string, Visit>();
  /** Numbers of logons that are known and came over no network. */
  readonly #local = new Set<string>();
  /** By host and account, and by host alone, in the order of time. */
  readonly #byUser = new Map<string, Visit[]>();

  constructor(sessions: readonly NamedSession[]) {
    for (const session of sessions) {
      const { draft } = session;
      if (draft.service !== 'windows') continue;
      const isVisit = NETWORK.test(draft.method) && Number.isFinite(draft.start);
      const visit = isVisit ? this.#open(session) : null;
      for (const number of draft.logons) {
        if (visit) this.#byLogon.set(`${draft.host} ${number}`, visit);
        else this.#local.add(`${draft.host} ${number}`);
      }
    }
  }

  all(): Visit[] {
    return this.#visits.sort((a, b) => a.start - b.start);
  }

  #open(session: NamedSession): Visit {
    const { draft } = session;
    const { host, user, start, address } = draft;
    const [first] = draft.evidence;
    const workstation = text(first?.fields['source.domain']);
    const visit = new Visit({ host, user, start, session, address, workstation });
    if (first && draft.method.startsWith('remote interactive')) visit.add('desktop', first);
    if (first && draft.elevated) visit.add('elevated', first);
    this.#keep(visit);
    return visit;
  }

  #keep(visit: Visit): void {
    this.#visits.push(visit);
    for (const key of [userKey(visit.host, visit.user), visit.host]) addTo(this.#byUser, key, visit);
  }

  place(event: Noted): void {
    const { fields } = event;
    if (fields['event.action'] === 'command') this.#placeProcess(event);
    const kind = KINDS.get(text(fields['spoor.remote.sign']));
    if (kind !== undefined) this.#placeSign(event, kind);
  }

  // A process runs in a logon over the network only when it was made to from afar.
  #placeProcess(event: Noted): void {
    const { host, fields } = event;
    const number = text(fields['spoor.session.id']);
    const visit = this.#byLogon.get(`${host} ${number}`);
    if (visit) visit.add('process', event);
    else if (
      number !== '' &&
      !this.#local.has(`${host} ${number}`) &&
      CALLED.test(text(fields['process.parent.executable']))
    )
      this.#untold(event, text(fields['user.name']), number).add('process', event);
  }

  #placeSign(event: Noted, kind: SignKind): void {
    const { host, fields, time } = event;
    const number = text(fields['spoor.session.id']);
    if (this.#local.has(`${host} ${number}`)) return;
    const byLogon = this.#byLogon.get(`${host} ${number}`);
    const user = text(fields['user.name']);
    if (byLogon) byLogon.add(kind, event);
    else if (fields['spoor.user.machine'] === true && user !== '') return;
    else if (user === '') this.#near(host, time, NAMELESS_MS)?.add(kind, event);
    else {
      const near = this.#near(userKey(host, user), time, NEAR_MS);
      if (near) near.add(kind, event);
      else if (text(fields['source.ip']) !== '') this.#untold(event, user, number).add(kind, event);
    }
  }

  #near(key: string, time: number, reach: number): Visit | undefined {
    return nearest(this.#byUser.get(key) ?? [], time, reach, ({ start }) => start);
  }

  // The logon itself is not in the logs: what was done in it stands for it.
  #untold({ host, time, fields }: Noted, user: string, number: string): Visit {
    const address = text(fields['source.ip']);
    const workstation = text(fields['source.domain']);
    const visit = new Visit({ host, user, start: time, session: null, address, workstation });
    this.#keep(visit);
    if (number !== '') this.#byLogon.set(`${host} ${number}`, visit);
    return visit;
  }
}

function userKey(host: string, user: string): string {
  return `${host}\n${user.toLowerCase()}`;
}
