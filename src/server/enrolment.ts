import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { EnrolledHost, EnrolmentOffer } from '../api/view.ts';
import { AppError } from '../core/errors.ts';
import { isPublic, parseIp } from '../core/ip.ts';
import { Authority, type Issued } from '../enroll/authority.ts';
import { type Door, openDoor } from '../enroll/door.ts';
import { enrollScript } from '../enroll/enroll-script.ts';
import { hostName } from '../enroll/host-name.ts';
import { newKeys, type TlsFiles, textOf, tlsFiles } from '../enroll/key-files.ts';
import { readRequest } from '../enroll/request.ts';
import { putRevoked, revokedIn } from '../enroll/revoked-file.ts';
import { keepServerCertificate, ownAddresses, reachedBy } from '../enroll/server-certificate.ts';
import type { State } from '../state/open.ts';
import type { Config } from './config-schema.ts';
import type { OwnLog } from './own-log.ts';

const TOKEN_MS = 24 * 3_600_000;
const LOOK_MS = 3_600_000;
/** Certificates of one host at once: it renews every ten days. More is a key that somebody else renews with, or a broken timer. */
const MOST_AT_ONCE = 8;
/** From one address, behind which a whole site may stand. */
const PER_MINUTE = 60;

/** What somebody or something did: kept in the ledger before anything else. */
export type KeepAct = (who: string, what: string, about: string, detail: Record<string, unknown>) => Promise<void>;

export interface EnrolmentOptions {
  readonly config: Config;
  readonly folder: string;
  readonly log: OwnLog;
  /** Throws E_UNAVAILABLE while it is away. */
  readonly state: () => State;
  readonly act: KeepAct;
  /** The port at which records of hosts come in; null when no source listens for them. */
  readonly recordsPort: () => number | null;
}

/** True when something needs Spoor's own certificates. */
export const needsOwnTls = ({ enroll, sources }: Config): boolean =>
  enroll !== undefined || sources.some((source) => 'tls' in source && source.tls === 'own');

/** A source's configuration, with the files that `tls: own` means. */
export function withOwnTls(config: Readonly<Record<string, unknown>>, folder: string): Record<string, unknown> {
  if (config['tls'] !== 'own') return config;
  const { certificate, key, authority: ca, revoked } = tlsFiles(folder);
  return { ...config, certificate, key, ca, revoked };
}

/** Spoor's own authority at work: keeps the server's certificate good, enrols hosts, renews and revokes their certificates. */
export class Enrolment {
  readonly #options: EnrolmentOptions;
  readonly #files: TlsFiles;
  readonly #authority: Authority;
  #door: Door | null = null;
  #timer: NodeJS.Timeout | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: EnrolmentOptions, files: TlsFiles, authority: Authority) {
    this.#options = options;
    this.#files = files;
    this.#authority = authority;
  }

  /** Opens the authority, makes it at the first time, and opens the door where one is configured. Rejects with E_CONFIG or E_UNAVAILABLE. */
  static async start(options: EnrolmentOptions): Promise<Enrolment> {
    const { enroll } = options.config;
    const files = tlsFiles(options.folder);
    const authority = await Authority.open({
      files,
      random: randomBytes,
      nowMs: () => Date.now(),
      zones: enroll?.zones ?? [],
      addresses: wordsOf(options.config).filter((word) => isPublicAddress(word)),
    });
    const enrolment = new Enrolment(options, files, authority);
    if (textOf(files.revoked) === null) putRevoked(files.revoked, new Set()); // a listener does not begin without it
    await enrolment.#keepCertificate();
    if (enroll !== undefined) await enrolment.#openDoor(enroll);
    enrolment.#timer = setInterval(() => void enrolment.#look(), LOOK_MS);
    return enrolment;
  }

  /** Where hosts ask for certificates; null when that is not configured. */
  get door(): Door | null {
    return this.#door;
  }

  /** Certificate and key, PEM, with which we are a sender to our own listeners for some minutes. They are in memory only. */
  async ownClient(): Promise<{ readonly cert: string; readonly key: string }> {
    const { keys, pem } = await newKeys();
    return { cert: await this.#authority.issueOwn(keys.publicKey), key: pem };
  }

  async #openDoor({ host, port }: NonNullable<Config['enroll']>): Promise<void> {
    const options = { host, port, files: this.#files, perMinute: PER_MINUTE, nowMs: () => Date.now() };
    this.#door = await openDoor(options, {
      enroll: (token, request) => this.#inTurn(() => this.#enroll(token, request)),
      renew: (serial, request) => this.#inTurn(() => this.#renew(serial, request)),
      refused: (address, why) => this.#options.log.say('warn', 'enroll', `refused ${address}: ${why}`),
    });
  }

  async #keepCertificate(): Promise<void> {
    const reached = reachedBy(wordsOf(this.#options.config));
    if (!(await keepServerCertificate(this.#files, this.#authority, reached, Date.now()))) return;
    this.#options.log.say('info', 'enroll', `the server's certificate was made: ${this.#files.certificate}`);
    this.#door?.reload();
  }

  async #look(): Promise<void> {
    try {
      await this.#keepCertificate();
      await this.putRevoked();
    } catch (error) {
      this.#options.log.say('error', 'enroll', error instanceof Error ? error.message : String(error));
    }
  }

  /** Tells the listeners which certificates hold no more. Those that the state does not know (it was lost, and begun anew) stay revoked. */
  async putRevoked(): Promise<void> {
    const { certificates } = this.#options.state();
    const serials = new Set(await certificates.revoked(Date.now()));
    for (const serial of revokedIn(this.#files.revoked))
      if (!serials.has(serial) && (await certificates.get(serial)) === null) serials.add(serial);
    putRevoked(this.#files.revoked, serials);
  }

  /** One at a time: who is revoked is not renewed at the same moment. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // told to whoever asked
    return done;
  }

  /** Makes a token for a host, and the script that uses it. `who` is whoever asked, for the ledger. */
  async offer(name: string, who: string): Promise<EnrolmentOffer> {
    const { config, state, act, recordsPort } = this.#options;
    const host = hostName(name);
    this.#authority.checkHost(host);
    const { enroll } = config;
    const port = recordsPort();
    if (enroll === undefined || this.#door === null || port === null) throw new AppError('E_USAGE', NOT_CONFIGURED);
    const nowMs = Date.now();
    const expiresMs = nowMs + TOKEN_MS;
    await act(who, 'host.offer', host, { expires: new Date(expiresMs).toISOString() });
    const { text } = await state().tokens.create({ kind: 'enrol', name: host, nowMs, expiresMs, random: randomBytes });
    const expires = `${new Date(expiresMs).toISOString().slice(0, 16)}Z`;
    const script = enrollScript({
      host,
      token: text,
      authority: this.#authority.pem,
      server: this.#authority.serverName,
      address: addressOf(enroll),
      enrollPort: this.#door.port,
      recordsPort: port,
      expires,
    });
    return { host, expires, script };
  }

  async #enroll(token: string, request: string): Promise<string> {
    const { host, publicKey } = await readRequest(request); // first: what is malformed uses up no token
    const { tokens } = this.#options.state();
    const used = await tokens.useOnce('enrol', token, Date.now());
    if (used === null)
      throw new AppError('E_UNREADABLE', 'the token does not hold, or no more: spoor enroll HOST makes another');
    if (used.name !== host)
      throw new AppError(
        'E_UNREADABLE',
        `the token was for ${used.name}, and is used up now: spoor enroll ${host} makes one for ${host}`,
      );
    return this.#issue(await this.#authority.issueHost(publicKey, host), 'certificate.issue', { token: used.id });
  }

  async #renew(serial: string, request: string): Promise<string> {
    const { host, publicKey } = await readRequest(request);
    const { certificates } = this.#options.state();
    const old = await certificates.get(serial);
    if (old === null || old.name !== host || old.revokedMs !== null || old.notAfterMs <= Date.now())
      throw new AppError('E_UNREADABLE', `this certificate does not renew ${host}: spoor enroll ${host} begins anew`);
    const held = (await certificates.list(host)).filter((one) => one.revokedMs === null && one.notAfterMs > Date.now());
    if (held.length >= MOST_AT_ONCE)
      throw new AppError('E_UNREADABLE', `${host} has ${held.length} certificates already: it renews too often`);
    return this.#issue(await this.#authority.issueHost(publicKey, host), 'certificate.renew', { before: serial });
  }

  async #issue({ pem, serial, name, issuedMs, notAfterMs }: Issued, what: string, from: object): Promise<string> {
    const { act, state, log } = this.#options;
    await act(name, what, name, { serial, notAfter: new Date(notAfterMs).toISOString(), ...from });
    if (!(await state().certificates.add({ serial, name, issuedMs, notAfterMs })))
      throw new AppError('E_UNAVAILABLE', 'the number of the certificate is taken: try again');
    log.say('info', 'enroll', `${what} ${name} ${serial}`);
    return pem;
  }

  /** Ends all certificates and tokens of a host. Listeners cut its connections within seconds. Gives how many there were. */
  revoke(name: string, why: string, who: string): Promise<{ certificates: number; tokens: number }> {
    const host = hostName(name);
    return this.#inTurn(async () => {
      const { act, state } = this.#options;
      const { certificates, tokens } = state();
      await act(who, 'host.revoke', host, { why });
      const nowMs = Date.now();
      const open = (await tokens.list()).filter(
        (one) => one.kind === 'enrol' && one.name === host && holds(one, nowMs),
      );
      for (const { id } of open) await tokens.revoke(id, nowMs);
      const ended = await certificates.revoke({ name: host }, nowMs, why);
      await this.putRevoked();
      return { certificates: ended, tokens: open.length };
    });
  }

  /** Hosts that ever had a certificate. */
  async hosts(): Promise<EnrolledHost[]> {
    const seen = new Map<string, EnrolledHost>();
    const nowMs = Date.now();
    for (const { name, issuedMs, notAfterMs, revokedMs } of await this.#options.state().certificates.list()) {
      const state = revokedMs !== null ? 'revoked' : notAfterMs <= nowMs ? 'ended' : 'holds';
      const known = seen.get(name);
      if (known !== undefined && (known.state === 'holds' || state !== 'holds')) continue;
      const [issued, ends] = [issuedMs, notAfterMs].map((ms) => new Date(ms).toISOString()) as [string, string];
      seen.set(name, { host: name, state, issued, ends });
    }
    return [...seen.values()].sort((a, b) => (a.host < b.host ? -1 : 1));
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#door?.close();
    await this.#turn;
  }
}

const holds = (token: { usedMs: number | null; revokedMs: number | null; expiresMs: number | null }, nowMs: number) =>
  token.usedMs === null && token.revokedMs === null && (token.expiresMs ?? 0) > nowMs;

const addressOf = ({ address }: NonNullable<Config['enroll']>): string => address ?? hostname();

/** What this server is called, and where it stands. */
const wordsOf = ({ enroll }: Config): string[] => [
  hostname(),
  ...(enroll === undefined ? [] : [addressOf(enroll), ...enroll.names]),
  ...ownAddresses(),
];

function isPublicAddress(word: string): boolean {
  const ip = parseIp(word);
  return ip !== null && isPublic(ip);
}

/** What `spoor enroll` answers where hosts cannot come. */
export const NOT_CONFIGURED = `hosts cannot come to this server yet: put "enroll: {host: 0.0.0.0, address: ${hostname()}}" into its spoor.yml (port 7301; the address is what hosts reach it by), "- {type: relp-tls, host: 0.0.0.0, tls: own}" under sources (port 2515), and start it again`;
