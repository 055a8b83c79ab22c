import type { Socket } from 'node:net';
import type { RawRecord, SourceNote } from '../../core/stages.ts';
import { printable } from '../../core/text.ts';
import { Batch, type Protocol, Refusal, type Sender } from './protocol.ts';
import type { StreamLimits } from './settings.ts';

// Hot path: once per read.

const MOST_PENDING_BYTES = 256 << 10;
const MOST_PENDING_RECORDS = 8192;
const MOST_UNREAD_REPLY = 256 << 10;
const LONGEST_DETAIL = 200;

/** What a connection asks of the listener that it came to. */
export interface ConnectionContext {
  readonly limits: StreamLimits;
  /** No room for more unless something becomes durable. */
  readonly isFull: boolean;
  nowUs(): number;
  /** Milliseconds of a clock that only goes forward. */
  nowMs(): number;
  /** Resolves with true when all of it is durable, with false when the server stops and it may not be. */
  emit(records: readonly RawRecord[]): Promise<boolean>;
  note(note: SourceNote): void;
  /** The connection sent its first message. */
  spoke(connection: Connection): void;
  /** Bytes that became more or less: of records on their way, and of messages that are not complete. */
  account(records: number, held: number): void;
  /** Is there no memory for a message of which so many bytes came, and that is still not complete? */
  isFrameTooMuch(held: number): boolean;
  /** The socket is closed. */
  forget(connection: Connection): void;
  /** A bug: the listener ends with it. */
  fail(error: unknown): void;
}

/**
 * One sender's connection. While a batch becomes durable the next is read, up to a limit; then nothing is read until there is room. Replies
 * leave in the order of what they answer, and only after it is durable.
 */
export class Connection {
  readonly sender: Sender;
  /** Resolves when the socket is closed and all that was read of it is durable, or refused by a server that stops. */
  readonly done: Promise<void>;
  readonly #socket: Socket;
  readonly #protocol: Protocol;
  readonly #context: ConnectionContext;
  #pending = new Batch();
  #inFlight = 0;
  #delivering = false;
  #accounted = 0;
  #heldAccounted = 0;
  /** Nothing more is read. */
  #ended = false;
  #spoke = false;
  #closed = false;
  #why = 'closed';
  /** The sender took its leave, where its protocol has a word for that. */
  #saidGoodbye = false;
  #settle: () => void = () => {};
  // Milliseconds of a clock that only goes forward.
  #openedMs: number;
  #heardMs: number;
  #frameMs: number;
  #repliedMs: number;

  constructor(socket: Socket, sender: Sender, protocol: Protocol, context: ConnectionContext) {
    this.#socket = socket;
    this.sender = sender;
    this.#protocol = protocol;
    this.#context = context;
    this.#openedMs = this.#heardMs = this.#frameMs = this.#repliedMs = context.nowMs();
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#end(true));
    socket.on('error', () => this.#end(false));
    socket.on('close', () => this.#close());
    socket.on('drain', () => this.steer());
    this.steer();
  }

  /** Reads on, or waits, as there is room. */
  steer(): void {
    if (this.#ended) return;
    const { records, bytes } = this.#pending;
    const full = records.length >= MOST_PENDING_RECORDS || bytes >= MOST_PENDING_BYTES;
    if (full || this.#context.isFull || this.#socket.writableLength > MOST_UNREAD_REPLY) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** Ends the connection for the sender's fault or for want of room; what was read before is kept. */
  refuse(reason: string, detail: string): void {
    if (this.#ended) return;
    this.#context.note({ kind: 'refused', reason, ...this.#who(), detail: printable(detail, LONGEST_DETAIL) });
    this.#why = 'refused';
    this.#end(false);
    this.#finish();
  }

  /** The listener stops. A sender that hears no acknowledgement is told at once, and may end what it is saying. */
  stop(): void {
    if (this.#ended) return;
    this.#why = 'stopped';
    if (this.#protocol.acknowledges) {
      this.#end(true);
      this.#finish();
    } else this.#socket.end();
  }

  /** No more time is left: what was read is kept. */
  cut(): void {
    this.#end(false);
    this.#finish();
  }

  /** Looks at the clock; `nowMs` goes only forward. Were we away, what came meanwhile was not read yet: everybody has all the time anew. */
  check(nowMs: number, wereAway: boolean): void {
    if (this.#ended) return;
    if (wereAway) this.#openedMs = this.#heardMs = this.#frameMs = this.#repliedMs = nowMs;
    const { openSeconds, frameSeconds, idleSeconds } = this.#context.limits;
    // While we do not read, nobody but us is slow.
    if (this.#delivering || this.#socket.isPaused()) this.#heardMs = this.#frameMs = nowMs;
    const unread = this.#socket.writableLength > 0;
    if (!unread) this.#repliedMs = nowMs;
    if (!this.#protocol.isOpen && nowMs - this.#openedMs > openSeconds * 1000)
      this.refuse('handshake', `no session was opened within ${openSeconds} s`);
    else if (this.#protocol.held > 0 && nowMs - this.#frameMs > frameSeconds * 1000)
      this.refuse('slow_frame', `a message was not complete after ${frameSeconds} s`);
    else if (unread && nowMs - this.#repliedMs > frameSeconds * 1000)
      this.refuse('slow_reader', `acknowledgements were not read for ${frameSeconds} s`);
    else if (nowMs - this.#heardMs > idleSeconds * 1000) this.refuse('idle', `nothing came for ${idleSeconds} s`);
  }

  #read(chunk: Buffer): void {
    if (this.#ended) return;
    const before = this.#pending.records.length;
    this.#heardMs = this.#context.nowMs();
    try {
      this.#protocol.read(chunk, this.#context.nowUs(), this.#pending);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#tell();
      this.refuse(error.reason, error.message);
      return;
    }
    this.#tell();
    if (this.#pending.last) this.#saidGoodbye = true;
    if (this.#pending.records.length > before || this.#protocol.held <= chunk.length) this.#frameMs = this.#heardMs;
    this.#account();
    if (this.#context.isFrameTooMuch(this.#protocol.held))
      this.refuse('frame_memory', 'too many messages are not complete at once');
    this.#flush();
    this.steer();
  }

  #flush(): void {
    if (this.#delivering || this.#pending.isEmpty) return;
    const batch = this.#pending;
    this.#pending = new Batch();
    this.#delivering = true;
    this.#inFlight = batch.bytes;
    if (!this.#spoke && batch.records.length > 0) {
      this.#spoke = true;
      this.#context.spoke(this);
    }
    this.#deliver(batch).catch((error: unknown) => this.#context.fail(error));
  }

  async #deliver(batch: Batch): Promise<void> {
    const durable = batch.records.length === 0 || (await this.#context.emit(batch.records));
    this.#delivering = false;
    this.#inFlight = 0;
    if (!durable) this.#giveUp(batch.records.length);
    else if (batch.reply !== '' && this.#socket.writable) this.#socket.write(batch.reply, 'latin1');
    if (batch.last) this.#end(true);
    this.#account();
    this.#flush();
    this.#finish();
    this.steer();
  }

  /** The server stops, and does not keep what we read. */
  #giveUp(records: number): void {
    const count = records + this.#pending.records.length;
    if (!this.#protocol.acknowledges)
      this.#context.note({
        kind: 'lost',
        reason: 'stopped',
        count,
        ...this.#who(),
        detail: 'read, and not kept any more',
      });
    this.#ended = true;
    this.#why = 'stopped';
    this.#pending = new Batch();
    this.#socket.destroy();
  }

  #end(clean: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    const isBroken = !clean || (this.#protocol.acknowledges && !this.#saidGoodbye && this.#owesMore());
    if (isBroken && this.#why === 'closed') this.#why = 'reset';
    this.#protocol.end(clean, this.#context.nowUs(), this.#pending);
    this.#tell();
    this.#account();
    this.#flush();
    this.#finish();
  }

  // A sender whose protocol has no word of leave (Lumberjack) leaves well when it has all its acknowledgements.
  #owesMore(): boolean {
    return this.#protocol.goodbye !== '' || this.#delivering || !this.#pending.isEmpty;
  }

  /** Lets go of the socket when nothing is left to be done for it. */
  #finish(): void {
    if (!this.#ended || this.#delivering || !this.#pending.isEmpty) return;
    if (this.#closed) {
      this.#settle();
      return;
    }
    if (this.#socket.destroyed) return;
    if (this.#why === 'stopped' && this.#socket.writable) this.#socket.write(this.#protocol.goodbye, 'latin1');
    if (this.#why === 'refused') this.#socket.destroy();
    else this.#socket.destroySoon();
  }

  #close(): void {
    this.#closed = true;
    this.#end(false);
    this.#account();
    this.#context.note({ kind: 'disconnected', reason: this.#why, ...this.#who() });
    this.#context.forget(this);
    this.#finish();
  }

  #account(): void {
    const bytes = this.#pending.bytes + this.#inFlight;
    const { held } = this.#protocol;
    const heldNow = this.#closed ? 0 : held;
    this.#context.account(bytes - this.#accounted, heldNow - this.#heldAccounted);
    this.#accounted = bytes;
    this.#heldAccounted = heldNow;
  }

  #tell(): void {
    for (const remark of this.#protocol.takeRemarks()) this.#context.note({ ...remark, ...this.#who() });
  }

  #who(): { readonly via: string; readonly peer: string } {
    return { via: this.sender.via, peer: this.sender.peer };
  }
}
