import type { ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '../../../src/listeners/fixtures/certificates.ts';
import type { Programs } from '../../../src/listeners/fixtures/programs.ts';

const BLOCK = 10_000;

/** A real rsyslog that follows a file and sends each line on, with a queue on its disk for when nobody takes them. */
export class RsyslogSender {
  readonly #input: string;
  readonly process: ChildProcess;
  /** Lines that it was given. */
  given = 0;

  private constructor(input: string, process: ChildProcess) {
    this.#input = input;
    this.process = process;
  }

  static start(programs: Programs, folder: string, action: string, global = ''): RsyslogSender {
    const own = mkdtempSync(join(folder, 'rsyslog-'));
    const input = join(own, 'in.log');
    writeFileSync(input, '');
    const queue =
      'queue.type="LinkedList" queue.filename="q" queue.size="20000" queue.saveOnShutdown="on" queue.maxDiskSpace="2g" queue.timeoutEnqueue="600000" action.resumeRetryCount="-1" action.resumeInterval="1"';
    const config = [
      `global(workDirectory="${own}" ${global})`,
      'main_queue(queue.timeoutEnqueue="600000")',
      'module(load="imfile" mode="inotify")',
      'module(load="omrelp")',
      `input(type="imfile" file="${input}" tag="sshd:" freshStartTail="off")`,
      `action(${action} template="RSYSLOG_SyslogProtocol23Format" ${queue})`,
    ];
    writeFileSync(join(own, 'rsyslog.conf'), `${config.join('\n')}\n`);
    const args = ['-n', '-f', join(own, 'rsyslog.conf'), '-i', join(own, 'pid')];
    const toFile = 'exec rsyslogd "$@" 2>"$0"'; // it has much to say of a server that is killed
    return new RsyslogSender(input, programs.start('sh', ['-c', toFile, join(own, 'said'), ...args]));
  }

  /** RELP over TLS with certificates of both sides. */
  static relp(programs: Programs, folder: string, port: number, keys: Paths): RsyslogSender {
    const files = `tls.caCert="${keys.ca}" tls.myCert="${keys.certificate}" tls.myPrivKey="${keys.key}"`;
    const tls = `tls="on" ${files} tls.authMode="name" tls.permittedPeer=["spoor"]`;
    return RsyslogSender.start(programs, folder, `type="omrelp" target="127.0.0.1" port="${port}" ${tls}`);
  }

  /** Syslog over TLS, octets counted, with certificates of both sides. */
  static tls(programs: Programs, folder: string, port: number, keys: Paths): RsyslogSender {
    const files = `defaultNetstreamDriverCAFile="${keys.ca}" defaultNetstreamDriverCertFile="${keys.certificate}" defaultNetstreamDriverKeyFile="${keys.key}"`;
    const tls =
      'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="spoor"';
    const to = `type="omfwd" protocol="tcp" TCP_Framing="octet-counted" target="127.0.0.1" port="${port}" ${tls}`;
    return RsyslogSender.start(programs, folder, to, files);
  }

  /** Gives it so many lines, with the numbers that come next. */
  give(count: number): void {
    for (let end = this.given + count; this.given < end; ) {
      const size = Math.min(BLOCK, end - this.given);
      appendFileSync(this.#input, Array.from({ length: size }, (_, i) => `${canary(this.given + i)}\n`).join(''));
      this.given += size;
    }
  }
}

/** The text of a numbered line: an sshd's, so that all of the way is gone. */
const canary = (n: number): string =>
  `Failed password for invalid user canary${n} from 198.51.100.${n % 251} port ${1024 + (n % 50_000)} ssh2`;

/** The number of a line; -1 for another. */
export function numberIn(text: string): number {
  return Number(/ canary(\d+) from /.exec(text)?.[1] ?? -1);
}
