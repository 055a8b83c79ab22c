import type { Event } from '../core/event.ts';
import type { PlacedRecord } from './chunk-decoder.ts';

const MAX_WORDS = 1000;

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
    },
    shape: null,
    address: '',
    user: fields['who'],
    raw: message,
  };
}
