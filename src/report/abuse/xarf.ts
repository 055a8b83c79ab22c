import { createHash } from 'node:crypto';
import { printable } from '../../core/text.ts';
import type { AttackerKind } from '../../trace/story.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { Case } from './cases.ts';
import { type Details, detailsOf } from './details.ts';
import type { Reporter } from './reporter.ts';

/** The version of XARF that reports follow: https://xarf.org/schemas/v4/xarf-v4-master.json */
const XARF_VERSION = '4.2.0';
const MAX_DESCRIPTION = 1000;
const MAX_TAGS = 20;
const MAX_TEXT = 500; // characters of a path or a client's name

/** A XARF v4 report. */
export type XarfReport = Readonly<Record<string, unknown>>;

type Fields = Readonly<Record<string, unknown>>;
interface Typed {
  readonly category: string;
  readonly type: string;
  readonly fields: Fields;
}

export interface XarfOptions {
  readonly reporter: Reporter;
  readonly redactor: Redactor;
  /** The redacted lines of evidence, with a head that says in which zone their times are. */
  readonly evidence: string;
  /** What happened, in a sentence or two, without names of one's own. */
  readonly description: string;
}

/**
 * The report of one address; null when it is not known when it happened, without which there is no valid one. Its id follows
 * from its content, so that the same report sent again is known for a repetition.
 */
export function xarfReport(one: Case, options: XarfOptions): XarfReport | null {
  const { first, last, address } = one;
  if (first === null) return null;
  const { reporter, evidence } = options;
  const details = detailsOf(one, (text) => printable(options.redactor.redact(text), MAX_TEXT));
  const { category, type, fields } = typed(one, details, { first_seen: first, last_seen: last ?? first });
  const contact = { org: reporter.org, contact: reporter.contact, domain: reporter.domain };
  const bytes = Buffer.from(evidence, 'utf8');
  const report = {
    timestamp: details.sourcePortAt ?? last ?? first,
    reporter: contact,
    sender: contact,
    source_identifier: address,
    ...(details.sourcePort !== null && { source_port: details.sourcePort }),
    category,
    type,
    evidence_source: type === 'ddos' ? 'traffic_monitoring' : details.firewall ? 'firewall_logs' : 'log_analysis',
    ...fields,
    description: options.description.slice(0, MAX_DESCRIPTION),
    evidence: [
      {
        content_type: 'text/plain',
        description: 'Log lines of the attacked hosts; names, addresses and secrets of the reporter are replaced.',
        payload: bytes.toString('base64'),
        hash: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
        size: bytes.length,
      },
    ],
    tags: (one.attacker?.kinds ?? []).slice(0, MAX_TAGS).map((kind) => `attack:${kind}`),
  };
  return { xarf_version: XARF_VERSION, report_id: idOf(report), ...report };
}

/** A UUID of version 4's form (RFC 9562 §5.4) out of the content. */
function idOf(report: Fields): string {
  const hex = createHash('sha256').update(JSON.stringify(report)).digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

interface Times {
  readonly first_seen: string;
  readonly last_seen: string;
}

/** What decides first where an address did several things: the graver, and of these what XARF can say most exactly. */
const ORDER: readonly AttackerKind[] = [
  'password_guessing',
  'name_guessing',
  'password_spraying',
  'web_exploit',
  'web_guessing',
  'flood',
  'port_scan',
  'web_scan',
  'scanner',
];

function typed(one: Case, details: Details, times: Times): Typed {
  if (one.entered !== null) {
    const method = one.entered.method === '' ? 'unknown' : one.entered.method;
    return {
      category: 'infrastructure',
      type: 'compromised_server',
      fields: { compromise_method: `unauthorised login (${method})`, ...times },
    };
  }
  const kind = ORDER.find((wanted) => one.attacker?.kinds.includes(wanted));
  return kind === undefined ? intelligence('unauthorized_access', times) : BY_KIND[kind](one, details, times);
}

/** For what needs a source port in its own type, where no line tells one. */
function intelligence(threat: string, times: Times): Typed {
  return { category: 'reputation', type: 'threat_intelligence', fields: { threat_type: threat, ...times } };
}

type Writer = (one: Case, details: Details, times: Times) => Typed;

const connection = (type: string, fields: Fields): Typed => ({ category: 'connection', type, fields });
const positive = (key: string, value: number | undefined): Fields =>
  value !== undefined && value > 0 ? { [key]: value } : {};
const listed = (key: string, values: readonly unknown[]): Fields => (values.length > 0 ? { [key]: values } : {});

const login: Writer = ({ attacker, entries }, { sourcePort, destinationPort, services }, times) => {
  if (sourcePort === null) return intelligence('login_attack', times);
  return connection('login_attack', {
    protocol: 'tcp',
    ...times,
    ...positive('destination_port', destinationPort ?? undefined),
    ...(services[0] !== undefined && { service: services[0] }),
    ...positive('attempt_count', Math.max(attacker?.failures ?? 0, attacker?.invalidNames ?? 0)),
    successful_logins: entries.length,
  });
};

const exploit: Writer = ({ attacker }, details, times) => {
  const categories = attacker?.categories ?? [];
  const count = attacker?.hostileRequests;
  if (categories.length === 1 && categories[0] === 'sqli')
    return connection('sql_injection', {
      protocol: 'tcp',
      ...times,
      ...(details.method !== null && { http_method: details.method }),
      ...positive('attempts_count', count),
    });
  return connection('vulnerability_scan', {
    scan_type: 'web_vuln_scan',
    protocol: 'tcp',
    ...times,
    ...listed('vulnerabilities_probed', categories),
    ...listed('targeted_services', ['http']),
    ...positive('total_requests', attacker?.requests),
    ...(details.agent !== '' && { user_agent: details.agent }),
  });
};

const webScan: Writer = ({ attacker }, details, times) => {
  const agent = details.agent === '' ? {} : { user_agent: details.agent };
  if (details.resources.length === 0)
    return connection('vulnerability_scan', {
      scan_type: 'directory_brute_force',
      protocol: 'tcp',
      ...times,
      ...positive('total_requests', attacker?.requests),
      ...agent,
    });
  return connection('reconnaissance', {
    protocol: 'tcp',
    probed_resources: details.resources,
    ...times,
    ...positive('total_probes', attacker?.requests),
    ...agent,
  });
};

const portScan: Writer = ({ attacker }, { sourcePort, destinationPorts, protocol }, times) => {
  if (sourcePort !== null)
    return connection('port_scan', {
      protocol,
      ...times,
      ...positive('destination_port', destinationPorts[0]),
      ...listed('ports_scanned', destinationPorts),
      ...positive('packets_sent', attacker?.blockedPackets),
    });
  return connection('vulnerability_scan', {
    scan_type: 'port_scan',
    protocol: protocol === 'sctp' ? 'mixed' : protocol,
    ...times,
    ...listed('targeted_ports', destinationPorts),
  });
};

const flood: Writer = (_, { sourcePort, destinationPort, protocol, http }, times) => {
  if (sourcePort === null) return intelligence('ddos', times);
  const seconds = Math.round((Date.parse(times.last_seen) - Date.parse(times.first_seen)) / 1000);
  return connection('ddos', {
    protocol,
    ...times,
    ...positive('destination_port', destinationPort ?? undefined),
    ...(http && { attack_vector: 'http_flood' }),
    ...positive('duration_seconds', seconds),
  });
};

const scanner: Writer = ({ attacker }, { services }, times) =>
  connection('vulnerability_scan', {
    scan_type: 'service_enumeration',
    protocol: 'tcp',
    ...times,
    ...listed('targeted_services', services),
    ...positive('total_requests', attacker?.probes),
  });

const BY_KIND: Readonly<Record<AttackerKind, Writer>> = {
  password_guessing: login,
  name_guessing: login,
  password_spraying: login,
  web_guessing: login,
  web_exploit: exploit,
  web_scan: webScan,
  port_scan: portScan,
  flood,
  scanner,
};
