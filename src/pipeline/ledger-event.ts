import type { EcsFields, Event } from '../core/event.ts';
import type { LedgerRecord } from '../ledger/record.ts';
import type { PlacedRecord } from './chunk-decoder.ts';

const MAX_WORDS = 1000;
/** Who the ledger says it is where Spoor itself found something. */
const SPOOR = 'spoor';

/** A record of the ledger's own (a hold, a pruning, a step of the clock) as an event, so that it is found where the rest is. */
export function ledgerEvent({ receivedAtUs, record }: PlacedRecord): Event {
  const { kind, fields, payload } = record;
  const said = Object.entries(fields)
    .filter(([name]) => name !== 'rt')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
  // What somebody did, or Spoor found, is said in words behind its record's header.
  const words = kind === 'act' ? payload.toString('utf8', 0, MAX_WORDS) : '';
  const message = `${kind} ${said}${words === '' ? '' : `: ${words}`}`.trim();
  return {
    line: 1,
    lines: 1,
    count: 1,
    parser: 'ledger',
    time: receivedAtUs / 1000,
    certainty: 'exact',
    host: '',
    process: 'spoor',
    pid: 0,
    message,
    fields: {
      'event.category': ['configuration'],
      'event.action': `ledger_${kind}`,
      'spoor.ledger.payload_bytes': payload.length,
      ...(fields['who'] !== undefined && { 'user.name': fields['who'] }),
      ...(kind === 'act' && fields['who'] !== SPOOR && actFields(record)),
    },
    shape: null,
    address: '',
    user: fields['who'],
    raw: message,
  };
}

/** What a person did in Spoor: `act_search`, `act_sign_in`, … It is never of the category of logins to hosts. */
function actFields({ fields, payload }: LedgerRecord): EcsFields {
  const what = fields['what'] ?? '';
  const said = saidIn(payload);
  const text = (name: string) => (typeof said[name] === 'string' && said[name] !== '' ? (said[name] as string) : null);
  const [reason, address] = [text('reason'), text('address')];
  const hasFailed = what.endsWith('.failed') || text('failed') !== null;
  return {
    'event.action': `act_${what.replace(/[^A-Za-z0-9]/g, '_')}`,
    'event.outcome': hasFailed ? 'failure' : 'success',
    ...(fields['about'] !== '' && { 'spoor.act.about': fields['about'] }),
    ...(reason !== null && { 'event.reason': reason }),
    ...(address !== null && { 'source.address': address }),
  };
}

function saidIn(payload: Buffer): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(payload.toString('utf8'));
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {};
  } catch {
    return {}; // words, or nothing
  }
}
