import { randomUUID } from 'node:crypto';
import { ownToken } from '../../listeners/http/own-token.ts';
import {
  connectTo,
  type Passport,
  type Place,
  type Posting,
  post,
  sendDatagram,
  sendLumberjack,
  sendRelp,
  sendWhole,
} from './canary-senders.ts';

// How one line is put into what each type of listener takes.

/** `form`: the line is one of syslog (RFC 5424), or a message without a header. */
export interface Speaker {
  readonly form: 'syslog' | 'message';
  /** Resolves when it was handed in; where the protocol acknowledges, when it was acknowledged. */
  send(place: Place, line: string, passport: Passport | null): Promise<void>;
}

const NAME = 'spoor-doctor';
const BEARER = `Bearer ${ownToken.text}`;
const JSON_TYPE = 'application/json';

const counted = (line: string) => Buffer.from(`${Buffer.byteLength(line)} ${line}`);
const gelf = (line: string) =>
  JSON.stringify({ version: '1.1', host: NAME, short_message: line, timestamp: Date.now() / 1000, level: 6 });
const beat = (line: string) => JSON.stringify({ '@timestamp': new Date().toISOString(), message: line });
const nanoseconds = () => `${Date.now()}000000`;

function posting(form: Speaker['form'], made: (line: string) => Omit<Posting, 'authorization'>, by = BEARER): Speaker {
  return {
    form,
    send: (place, line, passport) => post(place, { authorization: by, ...made(line) }, passport !== null),
  };
}

function syslog(send: (place: Place, line: string, passport: Passport | null) => Promise<void>): Speaker {
  return { form: 'syslog', send };
}

/** By the source's type. */
export const speakers: Readonly<Record<string, Speaker>> = {
  'syslog-udp': syslog((place, line) => sendDatagram(place, line)),
  'syslog-tcp': syslog(async (place, line) => sendWhole(await connectTo(place, null), counted(line))),
  'syslog-tls': syslog(async (place, line, passport) => sendWhole(await connectTo(place, passport), counted(line))),
  relp: syslog(async (place, line) => sendRelp(await connectTo(place, null), line)),
  'relp-tls': syslog(async (place, line, passport) => sendRelp(await connectTo(place, passport), line)),
  http: posting('syslog', (body) => ({ path: '/ingest', type: 'text/plain', body })),
  'otlp-http': posting('message', (line) => ({ path: '/v1/logs', type: JSON_TYPE, body: otlp(line) })),
  loki: posting('message', (line) => ({ path: '/loki/api/v1/push', type: JSON_TYPE, body: loki(line) })),
  'splunk-hec': posting(
    'message',
    (event) => ({
      path: '/services/collector/event',
      type: JSON_TYPE,
      headers: { 'x-splunk-request-channel': randomUUID() },
      body: JSON.stringify({ event, source: NAME, time: Date.now() / 1000 }),
    }),
    `Splunk ${ownToken.text}`,
  ),
  elasticsearch: posting('message', (line) => ({
    path: `/${NAME}/_bulk`,
    type: 'application/x-ndjson',
    body: `{"create":{}}\n${beat(line)}\n`,
  })),
  'gelf-http': posting('message', (line) => ({ path: '/gelf', type: JSON_TYPE, body: gelf(line) })),
  'gelf-udp': { form: 'message', send: (place, line) => sendDatagram(place, gelf(line)) },
  'gelf-tcp': {
    form: 'message',
    send: async (place, line, passport) => sendWhole(await connectTo(place, passport), Buffer.from(`${gelf(line)}\0`)),
  },
  lumberjack: {
    form: 'message',
    send: async (place, line, passport) => sendLumberjack(await connectTo(place, passport), beat(line)),
  },
  'journal-upload': posting('message', (line) => ({
    path: '/upload',
    type: 'application/vnd.fdo.journal',
    body: `__REALTIME_TIMESTAMP=${Date.now()}000\nSYSLOG_IDENTIFIER=${NAME}\nPRIORITY=6\nMESSAGE=${line}\n\n`,
  })),
};

function otlp(line: string): string {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: NAME } }] };
  const logRecords = [{ timeUnixNano: nanoseconds(), body: { stringValue: line } }];
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
}

function loki(line: string): string {
  return JSON.stringify({ streams: [{ stream: { service_name: NAME }, values: [[nanoseconds(), line]] }] });
}
