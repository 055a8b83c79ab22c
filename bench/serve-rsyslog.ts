import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuOf } from './serve-costs.ts';

// The yardstick: rsyslog takes the same lines, reads them with mmnormalize (liblognorm) and writes JSON to a file.

const RULES = `version=2
rule=failed: Failed password for invalid user %user:word% from %src:ipv4% port %port:number% ssh2
rule=failed: Failed password for %user:word% from %src:ipv4% port %port:number% ssh2
rule=invalid: Invalid user %user:word% from %src:ipv4% port %port:number%
rule=accepted: Accepted %method:word% for %user:word% from %src:ipv4% port %port:number% ssh2%rest:rest%
rule=closed: Connection closed by %src:ipv4% port %port:number%%rest:rest%
rule=closed: Connection closed by %kind:word% user %user:word% %src:ipv4% port %port:number%%rest:rest%
rule=disconnected: Received disconnect from %src:ipv4% port %port:number%:%rest:rest%
rule=disconnected: Disconnected from %src:ipv4% port %port:number%%rest:rest%
rule=pam: pam_unix(%service:char-to:)%): %rest:rest%
rule=other: %rest:rest%
`;

/** A running rsyslog; null where it or its module is not installed. */
export async function startRsyslog(folder: string, port: number) {
  const modules = readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join('/usr/lib', name, 'rsyslog/mmnormalize.so'));
  if (!existsSync('/usr/sbin/rsyslogd') || !modules.some((path) => existsSync(path))) return null;
  const [rules, config, out] = ['rules.rb', 'rsyslog.conf', 'out.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(rules, RULES);
  writeFileSync(
    config,
    [
      `global(workDirectory="${folder}")`,
      'main_queue(queue.type="LinkedList" queue.size="200000" queue.workerThreads="2")',
      'module(load="imtcp")',
      'module(load="mmnormalize")',
      'template(name="json" type="string" string="%$!all-json%\\n")',
      `input(type="imtcp" port="${port}" address="127.0.0.1")`,
      `action(type="mmnormalize" rulebase="${rules}" useRawMsg="off")`,
      `action(type="omfile" file="${out}" template="json" ioBufferSize="64k")`,
    ].join('\n'),
  );
  const child = spawn('/usr/sbin/rsyslogd', ['-n', '-f', config, '-i', join(folder, 'pid')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const pid = child.pid ?? 0;
  return {
    out,
    cpuSeconds: () => cpuOf(pid),
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
