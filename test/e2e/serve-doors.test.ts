import { join } from 'node:path';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { Logger } from 'splunk-logging';
import { afterAll, beforeAll, expect, test } from 'vitest';
import winston from 'winston';
import LokiTransport from 'winston-loki';
import { freePort } from '../free-port.ts';
import { passableFolder } from '../state-folder.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// What real clients of other servers send is found as what it says: a login with its user and its address.

const base = passableFolder('spoor-doors-');
let server: ServerProcess;
let ports: readonly number[] = [];

beforeAll(async () => {
  ports = [await freePort(), await freePort(), await freePort()];
  const sources = ['otlp-http', 'loki', 'splunk-hec'].map((type, at) => ({ type, port: ports[at] }));
  server = new ServerProcess(join(base.path, 'data'), sources);
  await server.start();
  await server.running();
});
afterAll(async () => {
  await server.killAll();
  base.remove();
});

const url = (at: number) => `http://127.0.0.1:${ports[at]}`;
const failed = (port: number) => `Failed password for root from 192.0.2.9 port ${port} ssh2`;

test('sshd lines by OTLP, Loki and HEC are logins', async () => {
  const exporter = new OTLPLogExporter({ url: `${url(0)}/v1/logs` });
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  provider
    .getLogger('test')
    .emit({ body: failed(4001), attributes: { 'syslog.appname': 'sshd', hostname: 'by-otlp' } });
  await provider.shutdown();

  const transport = new LokiTransport({
    host: url(1),
    labels: { syslog_identifier: 'sshd', host: 'by-loki' },
    batching: false,
    format: winston.format.printf(({ message }) => String(message)),
  });
  winston.createLogger({ transports: [transport] }).info(failed(4002));

  const line = `Nov 22 07:00:00 by-hec sshd[77]: ${failed(4003)}`;
  const logger = new Logger({ token: 'none-is-needed-here', url: url(2) });
  await new Promise((resolve) => logger.send({ message: line, metadata: { source: '/var/log/auth.log' } }, resolve));

  await until('all three', async () => (await server.found('action:ssh_login outcome:failure')).length === 3);
  const events = await server.found('action:ssh_login outcome:failure user:root ip:192.0.2.9');
  const said = events.map(
    ({ document }) => `${document['host.name']} ${document['process.name']} ${document['source.port']}`,
  );
  expect(said.sort()).toEqual(['by-hec sshd 4003', 'by-loki sshd 4002', 'by-otlp sshd 4001']);
});
