import { AppError } from '../../core/errors.ts';
import { type Batch, type Protocol, Refusal, type Remark, type Sender } from '../stream/protocol.ts';
import { type RelpCommands, RelpFrames } from './frames.ts';

// Hot path: once per read, and once per message inside.

const LONGEST_OFFERS = 16_384;
const VERSION = /(?:^|\n)relp_version=(?<version>\d{1,3})(?:\n|$)/;
const COMMANDS = /(?:^|\n)commands=(?<commands>[^\n]*)(?:\n|$)/;

/**
 * The server's side of one RELP session (librelp, doc/relp.md). Each message is answered "200 OK" after it is durable, in the order in which
 * they came. A message's number is its transaction number; a sender that connects again numbers from 2 again, and sends what was not
 * answered under new numbers (librelp, relpsess.c, relpSessTryReestablish).
 */
export class RelpSession implements Protocol, RelpCommands {
  readonly acknowledges = true;
  readonly goodbye = '0 serverclose 0\n';
  isOpen = false;
  readonly #sender: Sender;
  readonly #frames: RelpFrames;
  #into: Batch | null = null;
  #receivedAtUs = 0;
  #closed = false;
  #remarks: Remark[] = [];

  constructor(sender: Sender, maxBytes: number) {
    this.#sender = sender;
    this.#frames = new RelpFrames(maxBytes, this);
  }

  get held(): number {
    return this.#frames.held;
  }

  read(chunk: Buffer, receivedAtUs: number, into: Batch): void {
    this.#into = into;
    this.#receivedAtUs = receivedAtUs;
    try {
      this.#frames.push(chunk);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new Refusal(error.code === 'E_TOO_LARGE' ? 'frame_too_long' : 'protocol', error.message);
    } finally {
      this.#into = null;
    }
  }

  /** What was not complete was not acknowledged, and comes again. */
  end(): void {}

  takeRemarks(): Remark[] {
    if (this.#remarks.length === 0) return this.#remarks;
    const taken = this.#remarks;
    this.#remarks = [];
    return taken;
  }

  command(txnr: number, name: string, data: Buffer): void {
    const into = this.#into as Batch;
    if (this.#closed) return; // after "close" nothing may come
    if (name === 'syslog' && this.isOpen && txnr > 0) this.#syslog(txnr, data, into);
    else if (txnr === 0)
      return; // a hint, which nobody answers
    else if (name === 'open') this.#open(txnr, data, into);
    else if (!this.isOpen) throw new Refusal('protocol', `RELP begins with "open", not with "${name}"`);
    else if (name === 'close') {
      into.reply += `${txnr} rsp 0\n${this.goodbye}`;
      into.last = true;
      this.#closed = true;
    } else {
      this.#remarks.push({ kind: 'refused', reason: 'command', detail: `RELP has no command "${name}" here` });
      into.reply += rsp(txnr, '500 unknown command');
    }
  }

  #syslog(txnr: number, bytes: Buffer, into: Batch): void {
    if (bytes.length === 0) this.#remarks.push({ kind: 'refused', reason: 'empty' });
    else {
      const { stream, via, peer } = this.#sender;
      into.records.push({ stream, bytes, receivedAtUs: this.#receivedAtUs, via, peer, sourceSeq: txnr });
      into.bytes += bytes.length;
    }
    into.reply += `${txnr} rsp 6 200 OK\n`;
  }

  #open(txnr: number, data: Buffer, into: Batch): void {
    if (this.isOpen) throw new Refusal('protocol', 'RELP: "open" twice in one session');
    if (data.length > LONGEST_OFFERS) throw new Refusal('frame_too_long', `RELP: ${data.length} bytes of offers`);
    const offers = data.toString('latin1');
    const version = VERSION.exec(offers)?.groups?.['version'];
    if (version === undefined) throw new Refusal('protocol', 'RELP: no relp_version was offered');
    const commands = COMMANDS.exec(offers)?.groups?.['commands']?.split(',');
    if (commands !== undefined && !commands.includes('syslog'))
      throw new Refusal('protocol', 'RELP: the sender does not offer the command "syslog"');
    this.isOpen = true;
    // librelp gives up when it is answered with a version above its own, which is 0 and says the same as 1.
    const answer = Math.min(Number(version), 1);
    into.reply += rsp(txnr, `200 OK\nrelp_version=${answer}\nrelp_software=spoor\ncommands=syslog`);
  }
}

const rsp = (txnr: number, data: string): string => `${txnr} rsp ${data.length} ${data}\n`;
