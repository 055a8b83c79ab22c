import * as z from 'zod';
import { defineSource, type RawRecord } from '../core/stages.ts';
import { type Answer, type DoorProtocol, doorKeys, serveDoor } from './http/door.ts';
import type { Exchange } from './http/exchange.ts';
import { Refusal } from './http/problem.ts';
import { pairOf, schemeOf } from './http/tokens.ts';
import { ExportReader } from './journal-upload/export-reader.ts';
import { Unanswered } from './journal-upload/unanswered.ts';

const MIB = 1 << 20;
const TYPE = 'application/vnd.fdo.journal';
const BATCH_BYTES = MIB;
const BATCH_RECORDS = 8192;

const { maxBodyBytes: _, maxHeldBytes: __, ...keys } = doorKeys(19_532, MIB);

/**
 * What systemd-journal-upload sends (systemd-journal-remote(8) is the real receiver): `POST /upload` in the Journal Export Format. A record
 * is an entry as `journalctl -o json` writes it. A 202 says that all entries are durable; the sender goes on
 * after them. One that heard no answer sends the whole request again: what is durable of it is not kept twice, unless Spoor was started anew.
 */
export default defineSource({
  name: 'journal-upload',
  config: z.strictObject({
    ...keys,
    requestSeconds: z
      .number()
      .positive()
      .max(86_400)
      .default(86_400)
      .describe('A request must have come as a whole after that. The first has all that a journal holds.'),
    maxEntryBytes: z
      .int()
      .min(4096)
      .max(64 * MIB)
      .default(8 * MIB)
      .describe('The longest entry, bytes; a request with a longer one is refused from there on.'),
  }),
  // The first request has a whole journal: what is held of it is bounded, and not how long it is.
  run: (settings, context) =>
    serveDoor(
      { ...settings, maxBodyBytes: Number.MAX_SAFE_INTEGER, maxHeldBytes: MIB },
      context,
      new Uploads(settings.maxEntryBytes),
    ),
});

/** One listener's requests. */
class Uploads implements DoorProtocol {
  readonly #maxEntry: number;
  readonly #unanswered = new Unanswered();

  constructor(maxEntry: number) {
    this.#maxEntry = maxEntry;
  }

  async answer(exchange: Exchange): Promise<Answer> {
    admit(exchange);
    const upload = new Upload(exchange, this.#unanswered, this.#maxEntry);
    await upload.take();
    this.#unanswered.answered(exchange.origin.stream, upload.last);
    return { status: 202, type: 'text/plain', body: 'OK.\n' };
  }

  refuse({ status, message, headers }: Refusal): Answer {
    return { status, type: 'text/plain', body: `${message}\n`, headers };
  }
}

// In the words, and with the statuses, of systemd-journal-remote.
function admit(exchange: Exchange): void {
  if (exchange.request.method !== 'POST') throw new Refusal(406, 'method', 'Unsupported method.');
  if (exchange.path !== '/upload') throw new Refusal(404, 'not_found', 'Not found.');
  exchange.admit(tokenOf(exchange.header('authorization')));
  if (exchange.header('content-type') !== TYPE)
    throw new Refusal(415, 'content_type', `Content-Type: ${TYPE} is required.`);
}

/** `Basic BASE64(USER:TOKEN)`, which curl makes of a URL with a user and a password, or `Bearer TOKEN`; null where none was shown. */
function tokenOf(authorization: string): string | null {
  if (authorization === '') return null;
  const { scheme = '', value = '' } = schemeOf(authorization) ?? {};
  if (scheme === 'bearer') return value;
  return scheme === 'basic' ? (pairOf(value)?.after ?? '') : '';
}

/** The entries of one request, which are kept as they come. Hot path: once per entry. */
class Upload {
  readonly #exchange: Exchange;
  readonly #unanswered: Unanswered;
  readonly #reader: ExportReader;
  readonly #origin: Exchange['origin'];
  #entries: Buffer[] = [];
  #records: RawRecord[] = [];
  #bytes = 0;
  /** The entry that came last; null before the first. */
  last: Buffer | null = null;

  constructor(exchange: Exchange, unanswered: Unanswered, maxEntry: number) {
    this.#exchange = exchange;
    this.#unanswered = unanswered;
    this.#reader = new ExportReader(maxEntry);
    const { origin } = exchange;
    this.#origin = { ...origin, via: `journal${origin.via}` }; // journalhttp:…: its numbers are the journal's
  }

  /** Resolves when all is durable. Throws a Refusal; what came before its cause is durable. */
  async take(): Promise<void> {
    for await (const piece of this.#exchange.pieces()) {
      try {
        this.#reader.push(piece, this.#entries);
      } catch (error) {
        this.#gather();
        await this.#keep();
        throw error;
      }
      this.#gather();
      if (this.#bytes >= BATCH_BYTES || this.#records.length >= BATCH_RECORDS) await this.#keep();
    }
    const left = this.#reader.end(this.#entries);
    this.#gather();
    await this.#keep();
    if (left > 0) throw new Refusal(417, 'cut_off', `Premature EOF. ${left} bytes of trailing data not processed.`);
  }

  #gather(): void {
    const { stream } = this.#origin;
    const receivedAtUs = this.#exchange.nowUs();
    for (const bytes of this.#entries) {
      if (this.#unanswered.has(stream, bytes)) continue;
      this.#records.push({ ...this.#origin, bytes, receivedAtUs });
      this.#bytes += bytes.length;
    }
    this.last = this.#entries.at(-1) ?? this.last;
    this.#entries = [];
  }

  async #keep(): Promise<void> {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    if (records.length === 0) return;
    await this.#exchange.keep(records);
    this.#unanswered.add(
      this.#origin.stream,
      records.map(({ bytes }) => bytes),
    );
  }
}
