import { readFile, stat } from 'node:fs/promises';
import type { DoctorLine } from '../../api/view.ts';
import { isLoopback } from '../../core/loopback.ts';
import { counted } from '../../core/text.ts';
import type { Server } from '../serve.ts';
import { ok, warn } from './line.ts';

const PLAIN = new Set(['syslog-udp', 'syslog-tcp', 'relp']);

/** What stands between the parts, and between us and others. */
export async function walls(server: Server): Promise<DoctorLine[]> {
  const folder = await stat(server.options.paths.ledger);
  const open = (folder.mode & 0o007) !== 0;
  return [
    await accounts(server),
    page(server),
    open
      ? warn('walls', 'any account here can look into the ledger’s folder', `chmod o= ${server.options.paths.ledger}`)
      : ok('walls', 'other accounts cannot look into the ledger'),
    ...wires(server),
  ];
}

/** As root, each child is to have an account of its own: one that is taken over then cannot write what another one keeps. */
async function accounts(server: Server): Promise<DoctorLine> {
  const uid = process.getuid?.() ?? -1;
  if (uid !== 0)
    return ok('walls', `not root: all parts run as the account ${uid}; started by root or systemd, each has its own`);
  const own: string[] = [];
  for (const { name, pid } of server.parts()) if (pid !== null && (await uidOf(pid)) === 0) own.push(name);
  if (own.length === 0) return ok('walls', 'we are root, and the children are not');
  const todo = 'Run Spoor by its systemd unit, or as an account of its own.';
  return warn('walls', `run as root, as we do: ${own.join(', ')}`, todo);
}

async function uidOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const uid = /^Uid:\s+(?<real>\d+)/m.exec(text)?.groups?.['real'];
  return uid === undefined ? null : Number(uid);
}

function page({ options }: Server): DoctorLine {
  const { host, tls } = options.config.http;
  if (isLoopback(host)) return ok('walls', `the page is for this machine only (${host})`);
  if (tls !== 'off') return ok('walls', `the page on ${host} has TLS, and asks everybody to sign in`);
  const todo = 'Take "tls: off" out of http, or let only the proxy reach this address.';
  return warn('walls', `passwords come to ${host} in the clear`, todo);
}

/** Listeners that others reach over a wire that anybody can read and write on. */
function wires({ options }: Server): DoctorLine[] {
  return options.config.sources.flatMap((source) => {
    const host = 'host' in source && typeof source.host === 'string' ? source.host : '127.0.0.1';
    if (!PLAIN.has(source.type) || isLoopback(host)) return [];
    return [
      warn(
        `walls of ${source.name ?? source.type}`,
        `whoever reaches ${host} can send in another’s name, and read on the way`,
        'Use relp-tls or syslog-tls with certificates where senders can; keep this one to a network of your own.',
      ),
    ];
  });
}

/** Receive buffers of UDP: what the kernel gives, and what it dropped. */
export async function buffers(server: Server): Promise<DoctorLine[]> {
  const udp = server.options.config.sources.filter(({ type }) => type === 'syslog-udp');
  if (udp.length === 0) return [];
  const most = Number(await readFile('/proc/sys/net/core/rmem_max', 'latin1').catch(() => 'NaN'));
  const known = await server.state.state.sources.list(server.options.config.ledger.origin).catch(() => []);
  return udp.map((source) => {
    const name = source.name ?? source.type;
    const area = `buffer of ${name}`;
    const wanted = 'receiveBufferBytes' in source ? Number(source.receiveBufferBytes) : 0;
    const dropped = known.find(({ stream }) => stream === name)?.refused['receive_buffer'] ?? 0;
    const lost = dropped === 0 ? '' : `; the kernel dropped ${counted(dropped, 'datagram')} since the beginning`;
    const todo = `sysctl -w net.core.rmem_max=${wanted}, and in /etc/sysctl.d; or let senders use RELP, which loses nothing.`;
    if (most < wanted) return warn(area, `the kernel gives ${most} bytes of ${wanted} at most${lost}`, todo);
    return dropped > 0
      ? warn(area, `${wanted} bytes${lost}`, todo)
      : ok(area, `${wanted} bytes, and nothing was dropped`);
  });
}
