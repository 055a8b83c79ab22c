/** A column of a view: its name is a promise to whoever wrote a query. */
export interface ViewColumn {
  readonly name: string;
  /** Over the columns of the table. */
  readonly sql: string;
  /** One sentence, for the guide and `spoor sql --tables`. */
  readonly about: string;
  /** What there is instead where personal fields are masked; absent where the column is of no person. */
  readonly masked?: string;
}

/** A view that a query may select from. */
export interface View {
  readonly name: string;
  readonly about: string;
  readonly table: string;
  readonly columns: readonly ViewColumn[];
  /** After WHERE. */
  readonly groupBy?: string;
}

const MASK = "'***'";

const plain = (name: string, about: string, sql = `t.${name}`): ViewColumn => ({ name, sql, about });
/** A text about a person: empty stays empty. */
const personal = (name: string, about: string, sql = `t.${name}`): ViewColumn => ({
  name,
  sql,
  about,
  masked: `if(empty(${sql}), '', ${MASK})`,
});
/** As people write it: IPv4 without the prefix by which IPv6 holds it, '' for none. */
const address = (name: string, about: string): ViewColumn => {
  const text = `if(t.${name} = toIPv6('::'), '', replaceOne(IPv6NumToString(t.${name}), '::ffff:', ''))`;
  return personal(name, about, text);
};

const EVENTS: View = {
  name: 'events',
  about: 'One row for each event.',
  table: 'events',
  columns: [
    plain('time', 'When it happened, as its line says (UTC).', 't.ts'),
    plain('received', 'When Spoor received it (UTC).', 't.ingest_ts'),
    plain('certainty', 'How sure `time` is: exact, zone, year, none.', 'toString(t.certainty)'),
    plain('ledger', 'Name of the ledger that has its record.', 't.origin'),
    plain('first', 'First record in the ledger that it was made of: `spoor show N`.'),
    plain('last', 'Last one.', 't.first + t.span'),
    plain('sub', 'Which one of several events of a record.'),
    plain('stream', 'What it came by.'),
    plain('parser', "Which parser understood it; '' when none did."),
    plain('category', 'ECS event.category, joined by commas.'),
    plain('type', 'ECS event.type, joined by commas.'),
    plain('action', 'ECS event.action: ssh_login, sudo, …'),
    plain('outcome', "success, failure, unknown, or ''.", 'toString(t.outcome)'),
    plain('host', 'Host that the line names.'),
    plain('program', 'Program that wrote it.'),
    plain('pid', 'Its process id; 0 for none.'),
    plain('session_id', 'Session that it belongs to.'),
    plain('auth_method', 'publickey, password, …'),
    plain('source_port', 'Port of the source; 0 for none.'),
    plain('destination_port', 'Port of the destination; 0 for none.'),
    plain('country', 'Country of the source, two letters.'),
    plain('asn', 'Autonomous system of the source; 0 for none.'),
    plain('as_org', 'Who has that system.'),
    plain('error_code', 'ECS error.code.'),
    plain('count', 'How often it happened, where the line says so.'),
    personal('peer', 'Address that sent it to Spoor.'),
    address('source_ip', "Address of the source; '' for none."),
    address('destination_ip', "Address of the destination; '' for none."),
    personal('user_name', 'Account that acts.'),
    personal('user_effective', 'As whom it acts.'),
    personal('user_target', 'On whom it acts.'),
    personal('key_fingerprint', 'Key that was used.'),
    personal('command', 'Command line.'),
    personal('message', 'The message.'),
    {
      ...plain('attrs', "Every other field: attrs['field.name']."),
      masked: `mapApply((k, v) -> (k, ${MASK}), t.attrs)`,
    },
  ],
};

const SOURCES: View = {
  name: 'sources_minute',
  about: 'How much came from whom in each minute.',
  table: 'sources_minute',
  columns: [
    plain('minute', 'By the clock of Spoor (UTC).'),
    plain('ledger', 'Name of the ledger.', 't.origin'),
    plain('stream', 'What it came by.'),
    plain('host', 'Host that the lines name.'),
    plain('events', 'How many.', 'sum(t.rows)'),
    plain('unparsed', 'Of these, how many no parser understood.', 'sum(t.unparsed)'),
  ],
  groupBy: 't.minute, t.origin, t.stream, t.host',
};

const SESSIONS: View = {
  name: 'session_lines',
  about: 'Events that begin or end a session of a person, or act with the rights of another.',
  table: 'session_lines',
  columns: [
    plain('time', 'When it happened (UTC).', 't.ts'),
    plain('ledger', 'Name of the ledger.', 't.origin'),
    plain('first', 'Its record in the ledger.'),
    plain('host', 'Host that the line names.'),
    plain('program', 'Program that wrote it.'),
    plain('pid', 'Its process id; 0 for none.'),
    plain('action', 'session_open, session_close, sudo, …'),
    plain('outcome', "success, failure, unknown, or ''.", 'toString(t.outcome)'),
    plain('service', 'sshd, sudo, su, login, …'),
    plain('session_id', 'Session that it belongs to.'),
    plain('terminal', 'Terminal of the session.'),
    plain('auth_method', 'publickey, password, …'),
    plain('country', 'Country of the source, two letters.'),
    plain('as_org', 'Who has the network of the source.'),
    personal('person', "Who sits at the keyboard; '' for the host itself."),
    personal('user_name', 'Account that acts.'),
    personal('user_effective', 'As whom it acts.'),
    address('source_ip', "Address of the source; '' for none."),
    personal('key_fingerprint', 'Key that was used.'),
    personal('command', 'Beginning of the command line.'),
  ],
};

const ATTACKERS: View = {
  name: 'attackers_hour',
  about: 'What each address tried in each hour.',
  table: 'attackers_hour',
  columns: [
    plain('hour', 'By the time of the events (UTC).'),
    plain('ledger', 'Name of the ledger.', 't.origin'),
    address('source_ip', 'The address.'),
    plain('asn', 'Its autonomous system; 0 for none.', 'max(t.asn)'),
    plain('as_org', 'Who has that system.', 'max(t.as_org)'),
    plain('country', 'Its country, two letters.', 'max(t.country)'),
    plain('failures', 'Logins that were refused.', 'sum(t.failures)'),
    plain('successes', 'Logins that were let in.', 'sum(t.successes)'),
    plain('alerts', 'Web requests that are an attack by their own text.', 'sum(t.alerts)'),
    plain('users', 'Names that were tried, about.', 'uniqCombinedMerge(12)(t.users)'),
    plain('hosts', 'Hosts, about.', 'uniqCombinedMerge(12)(t.hosts)'),
  ],
  groupBy: 't.source_ip, t.hour, t.origin',
};

const FIRST_SEEN: View = {
  name: 'first_seen',
  about: 'Who came in from which network, with which key, to which host, and since when.',
  table: 'first_seen',
  columns: [
    personal('person', 'The account.'),
    personal('network', "AS64500, or a network where that is not known; '' at the host itself."),
    personal('key_fingerprint', "The key; '' without one."),
    plain('host', 'The host.'),
    plain('ledger', 'Name of the ledger.', 't.origin'),
    plain('since', 'First login (UTC).', 'min(t.first_ts)'),
    plain('until', 'Last login (UTC).', 'max(t.last_ts)'),
    plain('first', 'Record of the first one in the ledger.', 'min(t.first)'),
    plain('logins', 'How many.', 'sum(t.logins)'),
    plain('as_org', 'Who has the network.', 'max(t.as_org)'),
    plain('country', 'Its country, two letters.', 'max(t.country)'),
  ],
  groupBy: 't.person, t.network, t.key_fingerprint, t.host, t.origin',
};

/** All views. */
export const VIEWS: readonly View[] = [EVENTS, SESSIONS, ATTACKERS, FIRST_SEEN, SOURCES];
