import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatCheckpoint } from '../src/core/tlog/checkpoint.ts';
import { consistencyRuns, foldRow, leafHash } from '../src/core/tlog/merkle.ts';
import {
  ED25519,
  formatNote,
  privateKeyOf,
  rawPublic,
  signText,
  type VerifierKey,
  verifierKey,
} from '../src/core/tlog/note.ts';

/** A small log in memory that signs whatever it is told to. Its entries are `<word> <index>`. */
export class TestLog {
  readonly origin: string;
  readonly key: VerifierKey;
  readonly #secret;
  readonly #leaves: Buffer[] = [];

  /** `seed`: one byte, repeated. */
  constructor(origin = 'ledger.example/main', seed = 7) {
    this.origin = origin;
    this.#secret = privateKeyOf(Buffer.alloc(32, seed));
    this.key = verifierKey(origin, ED25519, rawPublic(this.#secret));
  }

  get size(): number {
    return this.#leaves.length;
  }

  grow(to: number, word = 'entry'): this {
    while (this.#leaves.length < to) this.#leaves.push(leafHash(Buffer.from(`${word} ${this.#leaves.length}`)));
    return this;
  }

  /** Another history: this one's first `size` entries, then its own. */
  fork(size: number): TestLog {
    const other = new TestLog(this.origin);
    other.#leaves.push(...this.#leaves.slice(0, size));
    return other;
  }

  root(size = this.size): Buffer {
    return foldRow(this.#leaves.slice(0, size));
  }

  signed(size = this.size): string {
    const text = formatCheckpoint({ origin: this.origin, size: BigInt(size), root: this.root(size), extensions: [] });
    return formatNote({ text, signatures: [signText(text, this.key, this.#secret)] });
  }

  proof = async (old: bigint, { size } = { size: BigInt(this.size) }): Promise<Buffer[]> =>
    consistencyRuns(old, size).map(({ begin, end }) => foldRow(this.#leaves.slice(Number(begin), Number(end))));
}

/** A server on loopback that lives as long as a test. */
export interface TestServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts one on a port that the system picks. */
export async function serveForTest(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestServer> {
  return listenForTest(createServer(answer));
}

/** The same for a server that is there. */
export async function listenForTest(server: ReturnType<typeof createServer>): Promise<TestServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
