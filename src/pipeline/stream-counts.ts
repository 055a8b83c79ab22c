import type { Event } from '../core/event.ts';
import type { LedgerRecord } from '../ledger/record.ts';
import type { PlacedRecord } from './chunk-decoder.ts';

const MAX_HOSTS = 16;

/** What a batch told of one stream. Plain data: it goes from thread to thread. */
export class StreamCounts {
  readonly peer: string;
  readonly via: string;
  records = 0;
  bytes = 0;
  /** Events of which a parser knew what they mean; of which only the envelope was read; that nothing read. */
  parsed = 0;
  enveloped = 0;
  unparsed = 0;
  retransmitted = 0;
  /** Receive time of the first and last record, microseconds. */
  firstUs = 0;
  lastUs = 0;
  /** Sum and number of how far event times lie behind receive times, milliseconds. */
  lagMs = 0;
  timed = 0;
  readonly hosts: string[] = [];

  constructor({ fields }: LedgerRecord) {
    this.peer = fields['peer'] ?? 'none';
    this.via = fields['via'] ?? '';
  }

  take({ receivedAtUs, record }: PlacedRecord): void {
    this.records += 1;
    this.bytes += record.payload.length;
    if (this.firstUs === 0) this.firstUs = receivedAtUs;
    this.lastUs = receivedAtUs;
  }

  told(event: Event, receivedAtUs: number): void {
    if (event.parser === null) this.unparsed += 1;
    else if (event.parser === 'syslog') this.enveloped += 1;
    else this.parsed += 1;
    if (Number.isFinite(event.time) && event.certainty === 'exact') {
      this.lagMs += receivedAtUs / 1000 - event.time;
      this.timed += 1;
    }
    if (event.host !== '' && this.hosts.length < MAX_HOSTS && !this.hosts.includes(event.host))
      this.hosts.push(event.host);
  }
}
