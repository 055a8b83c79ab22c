import { once } from 'node:events';
import { connect } from 'node:net';

/** Lines as `sshd[811]: words` tells them, in syslog (RFC 5424) of the host web-1: the first is of `fromMs`, the others a second later each. */
export function syslogLines(lines: readonly string[], fromMs: number): string {
  const at = (nth: number) => new Date(fromMs + nth * 1000).toISOString();
  return lines
    .map((line, nth) => `<38>1 ${at(nth)} web-1 ${line.replace(/^(\w+)\[(\d+)\]: /, '$1 $2 - - ')}\n`)
    .join('');
}

/** Sends text to a port of the loopback. Resolves when all of it was read. */
export async function sendText(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(text);
  await once(socket, 'close');
}
