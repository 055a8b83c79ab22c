import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type HowToEmit, type Running, start, until } from './fixtures/running.ts';
import { RelpFrames } from './relp/frames.ts';
import relp from './relp.ts';

const running: Running[] = [];
const clients: Client[] = [];

/** What a sender says and hears. */
class Client {
  readonly socket: Socket;
  heard = '';
  /** The server ended the connection. */
  ended = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('error', () => {});
    this.socket.on('data', (bytes) => {
      this.heard += bytes.toString('latin1');
    });
    for (const event of ['end', 'close'])
      this.socket.on(event, () => {
        this.ended = true;
      });
    clients.push(this);
  }

  async open(): Promise<this> {
    this.socket.write(OPEN);
    await until(
      () => this.heard.includes('\n1 rsp') || this.heard.endsWith('syslog\n'),
      () => this.heard,
    );
    this.heard = '';
    return this;
  }
}

const frame = (txnr: number, command: string, data = ''): string =>
  `${txnr} ${command} ${Buffer.byteLength(data)}${data && ' '}${data}\n`;
const OPEN = frame(
  1,
  'open',
  'relp_version=0\nrelp_software=librelp,1.11.0,http://librelp.adiscon.com\ncommands=syslog',
);
const ok = (...txnrs: number[]): string => txnrs.map((txnr) => `${txnr} rsp 6 200 OK\n`).join('');

async function listen(config: object = {}, how: HowToEmit = {}): Promise<Running> {
  const listener = await start(relp, config, how);
  running.push(listener);
  return listener;
}

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

describe('RelpFrames', () => {
  const octets = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  const frames = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom('open', 'syslog', 'close'), octets),
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

  test('gives back what was framed, however the stream is cut', () => {
    fc.assert(
      fc.property(frames, cuts, (sent, sizes) => {
        const stream = Buffer.from(
          sent.map(([t, c, d]) => `${t} ${c} ${d.length}${d && ' '}${d}\n`).join(''),
          'latin1',
        );
        const got: [number, string, string][] = [];
        const reader = new RelpFrames(1000, {
          command: (txnr, name, data) => got.push([txnr, name, data.toString('latin1')]),
        });
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] as number;
          reader.push(stream.subarray(at, at + size));
          at += size;
        }
        expect(got).toEqual(sent);
        expect(reader.held).toBe(0);
      }),
    );
  });

  test.each([
    ['x', 'E_MALFORMED'],
    [' 1 syslog 0\n', 'E_MALFORMED'],
    ['1\nsyslog 0\n', 'E_MALFORMED'],
    ['1234567890 syslog 0\n', 'E_MALFORMED'],
    ['1  0\n', 'E_MALFORMED'],
    ['1 sys1og 0\n', 'E_MALFORMED'],
    [`1 ${'a'.repeat(33)} 0\n`, 'E_MALFORMED'],
    ['1 syslog -1\n', 'E_MALFORMED'],
    ['1 syslog 1\n', 'E_MALFORMED'],
    ['1 syslog 1 ab', 'E_MALFORMED'],
    ['\x16\x03\x01\x02\x00\x01\x00', 'E_MALFORMED'],
    ['1 syslog 1001 ', 'E_TOO_LARGE'],
    ['1 syslog 999999999 ', 'E_TOO_LARGE'],
  ])('refuses %j', (stream, code) => {
    const reader = new RelpFrames(1000, { command: () => {} });
    expect(() => reader.push(Buffer.from(stream, 'latin1'))).toThrow(expect.objectContaining({ code }));
  });
});

describe('relp', () => {
  test('opens a session, acknowledges in order, and closes', async () => {
    const listener = await listen();
    const client = new Client(listener.port);
    client.socket.write(
      OPEN + frame(2, 'syslog', '<13>one') + frame(3, 'eventlog', 'x') + frame(4, 'syslog', '<13>tw\no'),
    );
    client.socket.write(frame(5, 'syslog') + frame(6, 'close'));
    await until(
      () => client.ended,
      () => client.heard,
    );
    const offers = '200 OK\nrelp_version=0\nrelp_software=spoor\ncommands=syslog';
    expect(client.heard).toBe(
      `1 rsp ${offers.length} ${offers}\n${ok(2)}3 rsp 19 500 unknown command\n${ok(4, 5)}6 rsp 0\n0 serverclose 0\n`,
    );
    expect(listener.records).toEqual([
      expect.objectContaining({ bytes: Buffer.from('<13>one'), sourceSeq: 2, stream: 'relp/127.0.0.1', peer: 'none' }),
      expect.objectContaining({
        bytes: Buffer.from('<13>tw\no'),
        sourceSeq: 4,
        via: `relp:127.0.0.1:${client.socket.localPort}`,
      }),
    ]);
    client.socket.end();
    await listener.until(() => listener.said()['disconnected/closed'] === 1);
    expect(listener.said()).toMatchObject({ 'refused/command': 1, 'refused/empty': 1 });
  });

  test('never acknowledges what is not durable', async () => {
    const gates: (() => void)[] = [];
    const listener = await listen({}, { keep: () => new Promise<void>((resolve) => gates.push(resolve)) });
    const client = await new Client(listener.port).open();
    client.socket.write(frame(2, 'syslog', 'a') + frame(3, 'syslog', 'b'));
    await until(
      () => gates.length === 1,
      () => 'first batch',
    );
    client.socket.write(frame(4, 'syslog', 'c') + frame(5, 'close'));
    await delay(50);
    expect(client.heard).toBe('');
    gates[0]?.();
    await until(
      () => gates.length === 2,
      () => 'second batch',
    );
    await until(
      () => client.heard !== '',
      () => 'acknowledgement',
    );
    expect(client.heard).toBe(ok(2, 3));
    gates[1]?.();
    await until(
      () => client.ended,
      () => client.heard,
    );
    expect(client.heard).toBe(`${ok(2, 3, 4)}5 rsp 0\n0 serverclose 0\n`);
  });

  test('a server that stops acknowledges what became durable, and nothing else', async () => {
    let stopping = false;
    const listener = await listen(
      {},
      {
        keep: async () => {
          await delay(20);
          if (stopping) throw new Error('stopping');
        },
      },
    );
    const client = await new Client(listener.port).open();
    let next = 2;
    const beat = setInterval(() => client.socket.write(frame(next, 'syslog', `line ${next++}`)), 1);
    await listener.until(() => listener.records.length > 20);
    stopping = true;
    await until(
      () => client.ended,
      () => client.heard,
    );
    clearInterval(beat);
    const kept = listener.records.map(({ sourceSeq = 0 }) => sourceSeq);
    expect(client.heard).toBe(ok(...kept));
    expect(next - 2).toBeGreaterThan(kept.length);
  });

  test('a stop says "serverclose" after the last acknowledgement', async () => {
    let begun = false;
    const keep = () => {
      begun = true;
      return delay(50);
    };
    const listener = await listen({}, { keep });
    const client = await new Client(listener.port).open();
    client.socket.write(`${frame(2, 'syslog', 'a')}3 syslog 9 cut`);
    await listener.until(() => begun);
    await listener.stop();
    await until(
      () => client.ended,
      () => client.heard,
    );
    expect(client.heard).toBe(`${ok(2)}0 serverclose 0\n`);
    expect(listener.texts()).toEqual(['a']);
  });

  test('a sender that only ended its side still hears what became durable', async () => {
    const listener = await listen({}, { keep: () => delay(30) });
    const client = await new Client(listener.port).open();
    client.socket.end(frame(2, 'syslog', 'a'));
    await until(
      () => client.ended,
      () => client.heard,
    );
    expect(client.heard).toBe(ok(2));
  });

  test('refuses what is no RELP, and serves the others', async () => {
    const listener = await listen({ openSeconds: 2, frameSeconds: 2, maxFrameBytes: 1024 });
    const good = await new Client(listener.port).open();
    const silent = new Client(listener.port);
    const wrong = [
      'GET / HTTP/1.1\r\n\r\n',
      frame(1, 'syslog', 'x'),
      frame(1, 'open', 'x=1'),
      OPEN + OPEN,
      `${OPEN}2 syslog 2000 `,
    ];
    for (const stream of wrong) {
      const client = new Client(listener.port);
      client.socket.write(stream);
      await until(
        () => client.ended,
        () => stream,
      );
    }
    const slow = await new Client(listener.port).open();
    slow.socket.write('2 syslog 10 ab');
    await until(
      () => silent.ended && slow.ended,
      () => 'the end of the slow',
    );
    expect(listener.said()).toMatchObject({
      'refused/protocol': 4,
      'refused/frame_too_long': 1,
      'refused/handshake': 1,
      'refused/slow_frame': 1,
    });
    good.socket.write(frame(2, 'syslog', 'fine'));
    await until(
      () => good.heard === ok(2),
      () => good.heard,
    );
    expect(listener.texts()).toEqual(['fine']);
  });

  test('a sender that never reads its acknowledgements is not read on, and in the end refused', async () => {
    const listener = await listen({ frameSeconds: 2 });
    const client = await new Client(listener.port).open();
    client.socket.pause();
    const many = Array.from({ length: 1000 }, (_, i) => frame(i + 2, 'syslog', 'x')).join('');
    const feed = () => {
      while (client.socket.writable && client.socket.write(many));
    };
    client.socket.on('drain', feed);
    feed();
    await listener.until(() => listener.said()['refused/slow_reader'] === 1);
    expect(listener.records.length).toBeLessThan(2_000_000);
  });
});
