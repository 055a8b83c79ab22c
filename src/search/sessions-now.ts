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
  user: string;
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
  const open = new Sessions();
  for (const line of lines) open.take(line);
  return open.all();
}

class Sessions {
  readonly #open = new Set<OpenSession>();
  readonly #byPid = new Map<string, OpenSession>();
  readonly #byId = new Map<string, OpenSession>();
  readonly #byPeer = new Map<string, OpenSession>();

  all(): OpenSession[] {
    return [...this.#open].sort((a, b) => a.sinceUs - b.sinceUs || a.first - b.first);
  }

  take(line: SessionLine): void {
    const { action } = line;
    if (action === 'boot' || action === 'shutdown') this.#endAll(line.host);
    else if (LOGINS.has(action)) this.#login(line);
    else if (action === 'session_open') this.#opened(line);
    else if (action === 'session_close' || action === 'session_logged_out') this.#end(this.#known(line));
    else if (action === 'ssh_disconnect') this.#end(this.#byPeer.get(peerKey(line)));
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
      this.#end(known);
      return undefined;
    }
    if (TAKEN.test(line.service)) return undefined;
    for (const one of [...this.#open].reverse()) if (isSameLogin(one, line)) return one;
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
    this.#open.add(session);
    this.#point(session, line);
  }

  /** Rights are taken within a session of one's own: where that is the only one, it says from where. */
  #cameIn(session: OpenSession): void {
    const own = [...this.#open].filter(
      ({ host, user, as }) => host === session.host && user === session.user && as === '',
    );
    const [one, another] = own;
    if (one === undefined || another !== undefined) return;
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

  #end(session: OpenSession | undefined): void {
    if (session === undefined) return;
    this.#open.delete(session);
    for (const map of [this.#byPid, this.#byId, this.#byPeer])
      for (const key of [
        `${session.host} ${session.pid}`,
        `${session.host} ${session.id}`,
        `${session.host} ${session.from} ${session.port}`,
      ])
        if (map.get(key) === session) map.delete(key);
  }

  #endAll(host: string): void {
    for (const session of [...this.#open]) if (session.host === host) this.#end(session);
  }
}

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
