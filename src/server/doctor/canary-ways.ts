import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { access, constants, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseGlob } from '../../collectors/file/glob.ts';
import type { Server } from '../serve.ts';
import { speakers } from './canary-doors.ts';
import { connectTo, type Passport, type Place, placeOf } from './canary-senders.ts';
import { type TlsFiles, tlsOf } from './tls-files.ts';

/** How a canary goes in by one source. */
export interface Way {
  /** Puts one line in; gives what takes it away again, where something is to be taken away. */
  send(line: string): Promise<(() => Promise<void>) | undefined>;
  /** `syslog`: with its header (RFC 5424). `file`: as log files have it. */
  readonly form: 'syslog' | 'file' | 'message';
}

/** Why none can go in; `todo` is empty where nothing is to be done about it. */
export interface NoWay {
  readonly why: string;
  readonly todo: string;
}

type ConfiguredSource = Server['options']['config']['sources'][number];

/** Where journald takes what systemd-cat writes. */
const JOURNALD = '/run/systemd/journal/stdout';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const PEM = /-----BEGIN CERTIFICATE-----[^-]{1,100000}-----END CERTIFICATE-----/g;
const NAMES = ['spoor-doctor.log', 'spoor-doctor_log', 'spoor-doctor', 'spoor-doctor.txt'];
const WILD = /[*?[]/;

/** How a line goes in by this source, or why it cannot. */
export async function wayInto(source: ConfiguredSource, server: Server): Promise<Way | NoWay> {
  const name = source.name ?? source.type;
  const address = server.sourceStates.get(name)?.address ?? null;
  if (address === null) return { why: 'it does not run', todo: `spoor status says why.` };
  if (source.type === 'file') return fileWay(source as unknown as FileConfig);
  if (source.type === 'journald') return journalWay(source);
  const place = placeOf(address);
  const speaker = speakers[source.type];
  if (place === null || speaker === undefined)
    return { why: `a source of type ${source.type} cannot be tried`, todo: '' };
  const tls = tlsOf(source, server.options.paths);
  const passport = tls === null ? null : await passportFor(tls, source, server);
  if (passport !== null && tls?.clients === 'required' && passport.shown === null)
    return handshakeOnly(place, passport, server);
  return {
    form: speaker.form,
    send: async (line) => {
      await speaker.send(place, line, passport);
      return undefined;
    },
  };
}

/** Where our own authority vouches for senders it does for us; else we hold no sender's certificate, and ours is shown where senders may have it. */
async function passportFor(
  { certificate, key, ca }: TlsFiles,
  source: ConfiguredSource,
  { enrolment }: Server,
): Promise<Passport> {
  const expected = await readFile(certificate, 'latin1');
  if (ca === undefined) return { expected, shown: null };
  if ('tls' in source && source.tls === 'own' && enrolment !== null)
    return { expected, shown: await enrolment.ownClient() };
  const own = new X509Certificate(expected);
  const authorities = [...(await readFile(ca, 'latin1')).matchAll(PEM)].map(([text]) => new X509Certificate(text));
  const purposes = own.keyUsage as readonly string[] | undefined;
  const taken =
    (purposes === undefined || purposes.includes(CLIENT_AUTH)) &&
    authorities.some((authority) => own.checkIssued(authority) && own.verify(authority.publicKey));
  return { expected, shown: taken ? { cert: expected, key: await readFile(key, 'latin1') } : null };
}

async function handshakeOnly(place: Place, passport: Passport, { probes }: Server): Promise<NoWay> {
  const socket = await connectTo(place, passport);
  probes.add(`${socket.localAddress}:${socket.localPort}`); // that it is refused is no news of a sender
  socket.on('error', () => {});
  socket.destroy();
  return {
    why: 'it answers, and shows the certificate of its file; a line cannot be sent, for we hold no certificate that senders have',
    todo: 'Send one from a host that has enrolled: logger "a test", then look for it on the page.',
  };
}

interface FileConfig {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** A file of our own, where a pattern takes in files that are not there yet, and we may make one. */
async function fileWay({ include, exclude }: FileConfig): Promise<Way | NoWay> {
  const left = exclude.map(parseGlob);
  for (const pattern of include.filter((text) => WILD.test(text))) {
    const glob = parseGlob(pattern);
    const path = NAMES.map((name) => join(glob.base, name)).find(
      (one) => glob.matches(one) && !left.some((other) => other.matches(one)),
    );
    const may =
      path !== undefined &&
      (await access(glob.base, constants.W_OK | constants.X_OK).then(
        () => true,
        () => false,
      ));
    if (!may) continue;
    return {
      form: 'file',
      send: async (line) => {
        await writeFile(path, `${line}\n`, { flag: 'wx', mode: 0o640 });
        return () => unlink(path);
      },
    };
  }
  return {
    why: 'none of its patterns takes in a file that we may make (others’ files are not written to)',
    todo: '',
  };
}

async function journalWay(source: ConfiguredSource): Promise<Way | NoWay> {
  if ('directory' in source && source.directory !== undefined)
    return { why: 'it reads journals of another folder than this system’s', todo: '' };
  if (
    !(await access(JOURNALD).then(
      () => true,
      () => false,
    ))
  )
    return { why: `no journald runs here (${JOURNALD} is missing)`, todo: '' };
  return {
    form: 'message',
    send: (line) =>
      new Promise((done, failed) => {
        const child = spawn('systemd-cat', ['--identifier=spoor-doctor', '--priority=info'], {
          stdio: ['pipe', 'ignore', 'ignore'],
          timeout: 5000,
        });
        child.once('error', failed);
        child.once('exit', (code) =>
          code === 0 ? done(undefined) : failed(new Error(`systemd-cat ended with ${code}`)),
        );
        child.stdin.on('error', () => {});
        child.stdin.end(`${line}\n`);
      }),
  };
}
