import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { vcard } from './fixtures/vcard.ts';
import { guardedGet } from './guarded-get.ts';
import { openRdap, type Rdap } from './lookup.ts';

const network = (first: string, last: string, entities: unknown) => ({
  objectClassName: 'ip network',
  handle: 'NET-1',
  name: 'EXAMPLE',
  startAddress: first,
  endAddress: last,
  entities,
});
const desk = (...mails: readonly string[]) => [
  { roles: ['registrant'], entities: [{ roles: ['technical', 'abuse'], vcardArray: vcard(...mails) }] },
];

type Page = (request: IncomingMessage, response: ServerResponse) => void;
const json =
  (value: unknown): Page =>
  (_, response) => {
    response.setHeader('content-type', 'application/rdap+json').end(JSON.stringify(value));
  };
const redirect =
  (to: string): Page =>
  (_, response) => {
    response.writeHead(302, { location: to }).end();
  };

// A real server on this machine: the registry's lists and the registry in one.
let server: Server;
let base = '';
const pages = new Map<string, Page>();
const asked: string[] = [];
let waited: number[] = [];
let clock = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    asked.push(path);
    const page = pages.get(path);
    if (page) page(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  pages.clear();
  asked.length = 0;
  waited = [];
  clock = 0;
  pages.set('/ipv4.json', json({ version: '1.0', services: [[['203.0.113.0/24', '192.0.0.0/8'], [`${base}r/`]]] }));
  pages.set('/ipv6.json', json({ version: '1.0', services: [[['2001:db8::/32'], [`${base}r/`]]] }));
  pages.set('/asn.json', json({ version: '1.0', services: [[['64500-64511'], [`${base}r/`]]] }));
});

function open(signal: AbortSignal = new AbortController().signal): Promise<Rdap> {
  return openRdap({
    bootstrap: base,
    get: guardedGet({ loopback: true, timeoutMs: 2000, maxBytes: 100_000 }),
    loopback: true,
    now: () => clock,
    sleep: async (ms) => {
      waited.push(ms);
      clock += ms;
    },
    signal,
  });
}

/** Whom to write to about 203.0.113.7, or why that is unknown. */
async function said(page: Page): Promise<unknown> {
  pages.set('/r/ip/203.0.113.7', page);
  const rdap = await open();
  return rdap.deskOf('203.0.113.7', null).then(
    ({ mails }) => mails,
    (error: Error) => error.message.replace(/127\.0\.0\.1:\d+/, 'SERVER'),
  );
}

describe('asked of a registry', () => {
  test('the desk of a network, however deep it is named', async () => {
    expect(
      await said(
        json(network('203.0.113.0', '203.0.113.255', desk('abuse@hosting.example', 'second@hosting.example'))),
      ),
    ).toEqual(['abuse@hosting.example', 'second@hosting.example']);
  });

  test('once for a range, and a network in IPv6 as well', async () => {
    pages.set('/r/ip/203.0.113.7', json(network('203.0.113.0', '203.0.113.127', desk('abuse@a.example'))));
    pages.set('/r/ip/203.0.113.200', json(network('203.0.113.128', '203.0.113.255', desk('abuse@b.example'))));
    pages.set('/r/ip/2001:db8:1::7', json(network('2001:db8::', '2001:db8:ffff::', desk('abuse@c.example'))));
    const rdap = await open();
    const mails: string[] = [];
    for (const address of ['203.0.113.7', '203.0.113.9', '203.0.113.200', '2001:db8:1::7', '2001:db8:2::8'])
      mails.push(...(await rdap.deskOf(address, null)).mails);
    expect(mails.map((mail) => mail[6])).toEqual(['a', 'a', 'b', 'c', 'c']);
    expect(asked.filter((path) => path.startsWith('/r/'))).toHaveLength(3);
  });

  test('the autonomous system, where the network names nobody', async () => {
    pages.set('/r/ip/203.0.113.7', json(network('203.0.113.0', '203.0.113.255', [])));
    pages.set(
      '/r/autnum/64500',
      json({ objectClassName: 'autnum', handle: 'AS64500', entities: desk('as@hosting.example') }),
    );
    const rdap = await open();
    expect((await rdap.deskOf('203.0.113.7', 64500)).mails).toEqual(['as@hosting.example']);
    await expect(rdap.deskOf('203.0.113.8', 65000)).resolves.toBeDefined(); // the range is known by now
  });

  test('no more than once a second of one server', async () => {
    await said(json(network('203.0.113.0', '203.0.113.255', desk('abuse@a.example'))));
    expect(asked).toHaveLength(4);
    expect(waited).toEqual([1000, 1000, 1000]);
  });

  test('redirects are followed on allowed ways', async () => {
    pages.set('/other', json(network('203.0.113.0', '203.0.113.255', desk('abuse@a.example'))));
    expect(await said(redirect('/other'))).toEqual(['abuse@a.example']);
  });

  test('"too many" is waited for, once', async () => {
    let times = 0;
    const page: Page = (request, response) => {
      times += 1;
      if (times === 1) response.writeHead(429, { 'retry-after': '7' }).end();
      else json(network('203.0.113.0', '203.0.113.255', desk('abuse@a.example')))(request, response);
    };
    expect(await said(page)).toEqual(['abuse@a.example']);
    expect(waited).toContain(7000);
  });
});

describe('a hostile or broken registry', () => {
  test.each<readonly [string, Page, unknown]>([
    ['a redirect inside', redirect('http://10.0.0.1/secret'), '10.0.0.1: not asked, it is not https'],
    [
      'a redirect inside by https',
      redirect('https://10.0.0.1/secret'),
      '10.0.0.1: not asked, it leads into an inner network',
    ],
    [
      'to the metadata service',
      redirect('https://169.254.169.254/latest'),
      '169.254.169.254: not asked, it leads into an inner network',
    ],
    [
      'to an inner IPv6 address',
      redirect('https://[fd00::1]/'),
      '[fd00::1]: not asked, it leads into an inner network',
    ],
    [
      'to a mapped one',
      redirect('https://[::ffff:10.0.0.1]/'),
      '[::ffff:a00:1]: not asked, it leads into an inner network',
    ],
    ['to a number', redirect('https://167772161/'), '10.0.0.1: not asked, it leads into an inner network'],
    ['to another port', redirect('https://rdap.example:8443/'), 'rdap.example:8443: not asked, it has an odd port'],
    ['with a password', redirect('https://a:b@rdap.example/'), 'rdap.example: not asked, its address holds a password'],
    ['to a file', redirect('file:///etc/passwd'), ': not asked, it is not https'],
    ['to nowhere', redirect('https://['), 'SERVER: it redirects to no address'],
    ['in circles', redirect('/r/ip/203.0.113.7'), 'SERVER: it redirects too often'],
    ['no JSON', (_, response) => void response.end('<html>'), 'SERVER: its answer is no JSON'],
    ['too long', (_, response) => void response.end('['.repeat(200_000)), 'SERVER: the answer is too long'],
    [
      'deep',
      (_, response) => void response.end('['.repeat(40_000) + ']'.repeat(40_000)),
      'SERVER: its answer is of no network',
    ],
    ['broken off', (_, response) => void response.destroy(), 'SERVER: it broke the connection'],
    ['an error', (_, response) => void response.writeHead(500).end(), 'SERVER: it answers 500'],
    ['unknown', (_, response) => void response.writeHead(404).end(), 'SERVER: it knows nothing of it'],
    [
      'come back tomorrow',
      (_, response) => void response.writeHead(429, { 'retry-after': '86400' }).end(),
      'SERVER: it asks to come back later',
    ],
    [
      'something else',
      json({ objectClassName: 'domain', entities: desk('abuse@a.example') }),
      'SERVER: its answer is of no network',
    ],
    [
      'a header in a mail address',
      json(network('203.0.113.0', '203.0.113.255', desk('a@b.example\r\nBcc: c@d.example', 'x@y'))),
      'the registry names no mail address for abuse',
    ],
    [
      'nobody',
      json(network('203.0.113.0', '203.0.113.255', [{ roles: ['technical'], vcardArray: vcard('t@b.example') }])),
      'the registry names no mail address for abuse',
    ],
  ])('%s', async (_, page, expected) => {
    expect(await said(page)).toEqual(expected);
  });

  test('a range that does not hold what was asked, or holds everything, counts for the asked address alone', async () => {
    for (const [first, last] of [
      ['192.0.2.0', '192.0.2.255'],
      ['0.0.0.0', '255.255.255.255'],
      ['203.0.113.255', '203.0.113.0'],
    ] as const) {
      pages.set('/r/ip/203.0.113.7', json(network(first, last, desk('abuse@a.example'))));
      const { covers, range } = await (await open()).deskOf('203.0.113.7', null);
      expect([covers('203.0.113.7'), covers('203.0.113.8'), covers('192.0.2.1'), range]).toEqual([
        true,
        false,
        false,
        '203.0.113.7',
      ]);
    }
  });

  test('silence ends, and the server is not asked for ever', async () => {
    pages.set('/r/ip/203.0.113.7', () => {});
    const rdap = await openRdap({
      bootstrap: base,
      get: guardedGet({ loopback: true, timeoutMs: 100, maxBytes: 100_000 }),
      loopback: true,
      now: () => 0,
      sleep: async () => {},
      signal: new AbortController().signal,
    });
    for (const reason of ['it does not answer in time', 'it does not answer in time', 'not asked again'])
      await expect(rdap.deskOf('203.0.113.7', null)).rejects.toThrow(reason);
  });

  test('an address inside is never asked about', async () => {
    const rdap = await open();
    await expect(rdap.deskOf('10.0.0.1', null)).rejects.toThrow('no address of the Internet');
    await expect(rdap.deskOf('198.51.100.1', null)).rejects.toThrow('no registry answers for it');
    expect(asked).toHaveLength(3);
  });

  test('a registry’s list that is none', async () => {
    pages.set('/asn.json', json({ services: 7 }));
    await expect(open()).rejects.toThrow('it is no registry of RDAP servers');
    pages.delete('/asn.json');
    await expect(open()).rejects.toThrow('it knows nothing of it');
  });

  test('a run that is ended ends the wait', async () => {
    const abort = new AbortController();
    pages.set('/r/ip/203.0.113.7', () => abort.abort());
    const rdap = await open(abort.signal);
    await expect(rdap.deskOf('203.0.113.7', null)).rejects.toThrow('stopped');
  });
});
