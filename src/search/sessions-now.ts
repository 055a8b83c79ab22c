/** A line about a session, as the index has it. Times in microseconds since 1970; texts are '' and numbers 0 where a line does not say. */
export interface SessionLine {
  readonly first: number;
  readonly ts_us: number;
  readonly host: string;
  readonly program: string;
  readonly pid: number;
  readonly action: string;
  readonly user: string;
  readonly effective: string;
  /** Whose session it is. */
  readonly owner: string;
  readonly service: string;
  readonly session_id: string;
  readonly source: string;
  readonly port: number;
  readonly peer_name: string;
  readonly terminal: string;
  readonly method: string;
  readonly key: string;
  readonly certainty: string;
}

/** A session that no line ended. */
export interface OpenSession {
  readonly host: string;
  readonly pid: number;
  id: string;
  readonly user: string;
  as: string;
  sinceUs: number;
  from: string;
  port: number;
  method: string;
  key: string;
  service: string;
  readonly first: number;
  certainty: string;
  /** A line said that it was opened: a login alone may have been for one command. */
  opened: boolean;
}

/** Lines of one login come within this time of each other. */
const NEAR_US = 10_000_000;
const LOGINS = new Set(['ssh_login', 'login']);
const TAKEN = /^(?:su|su-l|sudo|sudo-i|doas|pkexec)$/;
/** Logon types of Windows by which a person sits there; over the network there is one for each file that is opened. */
const SITS = /^(?:interactive|remote interactive|unlock|cached)/;

/** Sessions that are open at the end of these lines, which are in the order of time; oldest first. */
export function openSessions(lines: readonly SessionLine[]): OpenSession[] {
  const open = new OpenSessions({});
  for (const line of lines) open.take(line);
  return open.all();
}

/** How a session ended: by a line of its own, with its host, or another one of the same process began. */
export type SessionEnd = 'closed' | 'host' | 'unseen';

/** What is told of sessions while their lines pass. */
export interface SessionWatch {
  began?(session: OpenSession): void;
  ended?(session: OpenSession, line: SessionLine, how: SessionEnd): void;
}

/** Sessions that are open, line by line in the order of time. */
export class OpenSessions {
  readonly #byHost = new Map<string, Set<OpenSession>>();
  readonly #byPid = new Map<string, OpenSession>();
  readonly #byId = new Map<string, OpenSession>();
  readonly #byPeer = new Map<string, OpenSession>();
  /** Of a person on a host, the newest last. */
  readonly #byPerson = new Map<string, OpenSession[]>();
  readonly #watch: SessionWatch;

  constructor(watch: SessionWatch) {
    this.#watch = watch;
  }

  all(): OpenSession[] {
    return [...this.#byHost.values()]
      .flatMap((open) => [...open])
      .sort((a, b) => a.sinceUs - b.sinceUs || a.first - b.first);
  }

  take(line: SessionLine): void {
    const { action } = line;
    if (action === 'boot' || action === 'shutdown') this.#endAll(line);
    else if (LOGINS.has(action)) this.#login(line);
    else if (action === 'session_open') this.#opened(line);
    else if (action === 'session_close' || action === 'session_logged_out')
      this.#end(this.#known(line), line, 'closed');
    else if (action === 'ssh_disconnect') this.#end(this.#byPeer.get(peerKey(line)), line, 'closed');
  }

  #known({ host, session_id: id, pid }: SessionLine): OpenSession | undefined {
    return id === '' ? this.#byPid.get(`${host} ${pid}`) : this.#byId.get(`${host} ${id}`);
  }

  #login(line: SessionLine): void {
    const isWindows = line.session_id !== '';
    if (isWindows && !SITS.test(line.method)) return;
    const known = this.#near(line);
    if (known === undefined) this.#add(line, isWindows);
    else this.#learn(known, line);
  }

  #opened(line: SessionLine): void {
    const known = this.#near(line);
    if (known === undefined) this.#add(line, true);
    else {
      this.#learn(known, line);
      known.opened = true;
    }
  }

  /** The session that another line of the same login told of. Another one of the same process has ended unseen. */
  #near(line: SessionLine): OpenSession | undefined {
    const known = this.#known(line);
    if (known !== undefined) {
      if (line.ts_us - known.sinceUs <= NEAR_US && (known.user === ownerOf(line) || known.as === ownerOf(line)))
        return known;
      this.#end(known, line, 'unseen');
      return undefined;
    }
    if (TAKEN.test(line.service)) return undefined;
    const own = this.#byPerson.get(personKey({ host: line.host, user: ownerOf(line) })) ?? [];
    for (let at = own.length - 1; at >= 0; at -= 1) {
      const one = own[at] as OpenSession;
      if (one.sinceUs < line.ts_us - NEAR_US) break;
      if (isSameLogin(one, line)) return one;
    }
    return undefined;
  }

  #add(line: SessionLine, opened: boolean): void {
    const owner = ownerOf(line);
    const taken = TAKEN.test(line.service);
    const session: OpenSession = {
      host: line.host,
      pid: line.session_id === '' ? line.pid : 0,
      id: line.session_id,
      user: taken ? line.user : owner,
      as: taken ? line.effective || owner : '',
      sinceUs: line.ts_us,
      from: peerOf(line),
      port: line.port,
      method: line.method,
      key: line.key,
      service: serviceOf(line),
      first: line.first,
      certainty: line.certainty,
      opened,
    };
    if (taken) this.#cameIn(session);
    const there = this.#byHost.get(session.host);
    if (there === undefined) this.#byHost.set(session.host, new Set([session]));
    else there.add(session);
    const key = personKey(session);
    const own = this.#byPerson.get(key);
    if (own === undefined) this.#byPerson.set(key, [session]);
    else own.push(session);
    this.#point(session, line);
    this.#watch.began?.(session);
  }

  /** Rights are taken within a session of one's own: where that is the only one, it says from where. */
  #cameIn(session: OpenSession): void {
    let one: OpenSession | undefined;
    for (const own of this.#byPerson.get(personKey(session)) ?? []) {
      if (own.as !== '') continue;
      if (one !== undefined) return;
      one = own;
    }
    if (one === undefined) return;
    session.from ||= one.from;
    session.method ||= one.method;
    session.key ||= one.key;
  }

  /** What one line leaves open, another of the same login says. */
  #learn(session: OpenSession, line: SessionLine): void {
    session.from ||= peerOf(line);
    session.port ||= line.port;
    session.method ||= line.method;
    session.key ||= line.key;
    session.id ||= line.session_id;
    if (session.service === 'systemd-logind') session.service = serviceOf(line);
    this.#point(session, line);
  }

  #point(session: OpenSession, line: SessionLine): void {
    if (line.session_id === '' && line.pid !== 0) this.#byPid.set(`${line.host} ${line.pid}`, session);
    if (line.session_id !== '') this.#byId.set(`${line.host} ${line.session_id}`, session);
    if (line.source !== '' && line.port !== 0) this.#byPeer.set(peerKey(line), session);
  }

  #end(session: OpenSession | undefined, line: SessionLine, how: SessionEnd): void {
    if (session === undefined) return;
    this.#watch.ended?.(session, line, how);
    const there = this.#byHost.get(session.host);
    there?.delete(session);
    if (there?.size === 0) this.#byHost.delete(session.host);
    const own = this.#byPerson.get(personKey(session)) ?? [];
    own.splice(own.indexOf(session) >>> 0, 1);
    if (own.length === 0) this.#byPerson.delete(personKey(session));
    for (const map of [this.#byPid, this.#byId, this.#byPeer])
      for (const key of [
        `${session.host} ${session.pid}`,
        `${session.host} ${session.id}`,
        `${session.host} ${session.from} ${session.port}`,
      ])
        if (map.get(key) === session) map.delete(key);
  }

  #endAll(line: SessionLine): void {
    for (const session of [...(this.#byHost.get(line.host) ?? [])]) this.#end(session, line, 'host');
  }
}

/** Whose sessions on which host. */
export const personKey = ({ host, user }: Pick<OpenSession, 'host' | 'user'>): string => `${host} ${user}`;
const peerKey = ({ host, source, port }: SessionLine) => `${host} ${source} ${port}`;
const ownerOf = ({ owner, user }: SessionLine) => owner || user;
const peerOf = ({ source, peer_name: name, terminal }: SessionLine) => source || name || terminal;
const serviceOf = ({ service, program, session_id: id, action }: SessionLine) =>
  service || (id !== '' && action === 'login' ? 'windows' : program);

/** logind and PAM tell of one login each for itself: by number, and by process. */
function isSameLogin(one: OpenSession, line: SessionLine): boolean {
  const isOther = line.session_id === '' ? one.pid === 0 && one.id !== '' : one.id === '' && one.pid !== 0;
  const isNear = Math.abs(line.ts_us - one.sinceUs) <= NEAR_US;
  return isOther && isNear && one.host === line.host && one.user === ownerOf(line) && !TAKEN.test(one.service);
}
