import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDispatch } from '../../decode/dispatch.ts';
import { parsers } from '../../parsers/index.ts';
import type { Attacker, AttackerKind, Story } from '../../trace/story.ts';
import { anyStory } from '../fixtures/any-story.ts';
import { at, emptyStory, entry, guesser } from '../fixtures/pieces.ts';
import { KIND } from '../words.ts';
import { findCases } from './cases.ts';
import { abuseDrafts, isDraftName } from './drafts.ts';
import { hasSchemas, xarfProblems } from './fixtures/xarf-schema.ts';
import { lineReader } from './line-reader.ts';
import { readReporter } from './reporter.ts';

if (!hasSchemas) process.stderr.write('XARF’s schemas are missing: reports are NOT held against them\n');
if (!hasSchemas && process.env['CI'])
  throw new Error('CI needs the schemas of XARF v4 (SPOOR_XARF names their folder)');

const readLine = lineReader({
  dispatch: createDispatch(parsers),
  zone: 'UTC',
  hostZones: {},
  endMs: Date.parse('2026-03-10T00:00:00Z'),
});
const reporter = readReporter('Mina Park <abuse@mill.example>', 'Mill');

function draftsOf(story: Story): ReadonlyMap<string, string> {
  const { networks, spared } = findCases(story, { keep: [], readLine });
  return abuseDrafts(story, { networks, spared, reporter, contacts: new Map(), hostZones: {} });
}

function reportsOf(story: Story): Record<string, unknown>[] {
  const files = [...draftsOf(story)].filter(([name]) => name.endsWith('.xarf.json'));
  return files.map(([, text]) => JSON.parse(text) as Record<string, unknown>);
}

const attackedBy = (...attackers: readonly Attacker[]): Story => ({
  ...emptyStory,
  attackers,
  block: attackers.map(({ address }) => address),
});
const A = '203.0.113.5';
const SSHD = `Mar  2 00:14:09 gate sshd[7]: Failed password for root from ${A} port 40022 ssh2`;
const PAM = `Mar  2 00:14:09 gate sshd[7]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${A}  user=root`;
const WEB = `${A} - - [02/Mar/2026:00:14:09 +0000] "GET /.env HTTP/1.1" 404 153 "-" "probe/1"`;
const SQLI = `${A} - - [02/Mar/2026:00:14:09 +0000] "GET /?id=1'+UNION+SELECT+1,2--+ HTTP/1.1" 200 153 "-" "probe/1"`;
const UFW = `Mar  2 00:14:09 gate kernel: [UFW BLOCK] IN=eth0 OUT= MAC=00:16:3e:11:22:33:00:16:3e:44:55:66:08:00 SRC=${A} DST=198.51.100.9 LEN=40 TOS=0x00 PREC=0x00 TTL=240 ID=1 PROTO=TCP SPT=41000 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0`;

const check = hasSchemas ? xarfProblems() : () => '';

describe('what an address did decides the type, and what lines tell', () => {
  const rows: readonly (readonly [AttackerKind[], string, Partial<Attacker>, string])[] = [
    [['password_guessing'], SSHD, {}, 'connection/login_attack'],
    [['password_guessing'], PAM, {}, 'reputation/threat_intelligence'],
    [['name_guessing', 'flood'], SSHD, {}, 'connection/login_attack'],
    [['password_spraying'], SSHD, {}, 'connection/login_attack'],
    [['web_guessing'], WEB, {}, 'reputation/threat_intelligence'],
    [['web_scan'], WEB, { requests: 40 }, 'connection/reconnaissance'],
    [['web_scan'], `${A} something`, { requests: 40 }, 'connection/vulnerability_scan'],
    [['web_exploit'], SQLI, { categories: ['sqli'], hostileRequests: 4 }, 'connection/sql_injection'],
    [['web_exploit'], WEB, { categories: ['rce', 'sqli'], hostileRequests: 4 }, 'connection/vulnerability_scan'],
    [['port_scan'], UFW, { blockedPackets: 40 }, 'connection/port_scan'],
    [['port_scan'], `blocked ${A}`, { blockedPackets: 40 }, 'connection/vulnerability_scan'],
    [['flood'], UFW, { blockedPackets: 40_000 }, 'connection/ddos'],
    [['flood'], WEB, { requests: 40_000 }, 'reputation/threat_intelligence'],
    [['scanner'], SSHD, { probes: 3 }, 'connection/vulnerability_scan'],
    [[], SSHD, {}, 'reputation/threat_intelligence'],
  ];

  test.each(rows)('%j by "%s"', (kinds, raw, part, type) => {
    const story = attackedBy(guesser(A, 30, { ...part, kinds, evidence: [at('log', 1, raw)] }));
    const [report] = reportsOf(story);
    expect(`${report?.['category']}/${report?.['type']}`).toBe(type);
    expect(check(report)).toBe('');
  });

  test('every kind is among them', () => {
    expect(new Set(rows.flatMap(([kinds]) => kinds))).toEqual(new Set(Object.keys(KIND)));
  });

  test('source port and its time are of the same line', () => {
    const late = SSHD.replace('00:14:09', '00:20:00').replace('40022', '40023');
    const [report] = reportsOf(
      attackedBy(guesser(A, 30, { evidence: [PAM, late].map((raw, line) => at('log', line, raw)) })),
    );
    expect(report).toMatchObject({
      source_port: 40023,
      timestamp: '2026-03-02T00:20:00.000Z',
      first_seen: '2026-03-02T00:14:09Z',
    });
  });

  test('a machine that an intruder entered and left for us is a compromised server', () => {
    const end = { host: '', address: '', user: '', session: null, logs: true };
    const hop = {
      chain: 1,
      entry: null,
      at: null,
      method: 'password',
      key: '',
      port: null,
      skewSeconds: null,
      reasons: [],
      evidence: [],
      confidence: 'high' as const,
    };
    const story: Story = {
      ...emptyStory,
      entries: [
        entry({
          id: 'e1',
          host: 'gate',
          user: 'anna',
          address: A,
          at: '2026-03-02T00:14:09Z',
          evidence: [at('log', 1, SSHD.replace('Failed', 'Accepted'))],
        }),
      ],
      hops: [
        {
          ...hop,
          id: 'h1',
          depth: 1,
          after: null,
          from: { ...end, address: '198.51.100.1' },
          to: { ...end, address: A },
        },
        { ...hop, id: 'h2', depth: 2, after: 'h1', from: { ...end, address: A }, to: { ...end, host: 'gate' } },
      ],
      block: [A],
    };
    const [report] = reportsOf(story);
    expect(report).toMatchObject({ type: 'compromised_server', compromise_method: 'unauthorised login (password)' });
    expect(check(report)).toBe('');
    expect(draftsOf(story).get('net-203.0.113.0-24.txt')).toContain(
      `an intruder entered ${A} and went on from there to us`,
    );
  });

  test('evidence is what its hash and size say', () => {
    const [report] = reportsOf(attackedBy(guesser(A, 30, { evidence: [at('log', 1, SSHD)] })));
    const [item] = (report?.['evidence'] ?? []) as { payload: string; hash: string; size: number }[];
    const text = Buffer.from(item?.payload ?? '', 'base64').toString();
    expect(text).toBe(
      `# Log lines as written; times that name no zone are in UTC.\n${SSHD.replace(' gate ', ' [host-1] ')}\n`,
    );
    expect(item?.size).toBe(text.length);
  });

  test('two runs give the same reports', () => {
    const story = attackedBy(guesser(A, 30, { evidence: [at('log', 1, SSHD)] }));
    expect([...draftsOf(story)]).toEqual([...draftsOf(story)]);
  });

  test('without a time there is no report, only the letter', () => {
    const story = attackedBy(guesser(A, 30, { first: null, last: null, evidence: [at('log', 1, SSHD)] }));
    expect([...draftsOf(story).keys()]).toEqual(['net-203.0.113.0-24.txt', 'README.txt']);
  });
});

test.runIf(hasSchemas)(
  'the check can fail: the published samples pass, and a login attack without a port does not',
  () => {
    const folder = join('/work/shared/xarf/samples/v4');
    for (const file of readdirSync(folder))
      expect(check(JSON.parse(readFileSync(join(folder, file), 'utf8')))).toBe('');
    const [report] = reportsOf(attackedBy(guesser(A, 30, { evidence: [at('log', 1, SSHD)] })));
    const { source_port: _, ...without } = report ?? {};
    expect(check(without)).toContain('source_port');
  },
);

const anyLine = fc.oneof(fc.constantFrom(SSHD, PAM, WEB, SQLI, UFW), fc.string({ unit: 'binary', maxLength: 80 }));
const attacked = fc
  .tuple(
    anyStory,
    fc.array(
      fc.tuple(
        fc.subarray(Object.keys(KIND) as AttackerKind[]),
        fc.array(anyLine, { maxLength: 4 }),
        fc.string({ unit: 'binary' }),
        fc.option(fc.integer({ min: 1, max: 4_294_967_295 })),
      ),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .map(([story, rows]): Story => {
    const attackers = rows.map(([kinds, raws, organisation, asn], index): Attacker => {
      const address = index % 3 === 2 ? `2001:db8:${index}::7` : `203.0.113.${index}`;
      const evidence = raws.map((raw, line) => at('log', line, `${raw.replaceAll(A, address)} ${address}`));
      const place = asn === null ? {} : { asn, organisation };
      return {
        ...guesser(address, 9),
        ...(story.attackers[index] ?? {}),
        address,
        kinds,
        place,
        evidence,
        successes: 0,
      };
    });
    return { ...story, sessions: [], attackers, block: attackers.map(({ address }) => address) };
  });

test('any story gives valid reports, letters of plain lines, and names that are no paths', () => {
  fc.assert(
    fc.property(attacked, (story) => {
      for (const [name, text] of draftsOf(story)) {
        expect(isDraftName(name)).toBe(true);
        expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9.-]*$/);
        if (name.endsWith('.xarf.json')) expect(check(JSON.parse(text))).toBe('');
        else expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Cs}/u);
        if (name.endsWith('.txt'))
          expect(text.match(/^(?:To|From|Subject|Bcc|Cc): /gm)?.length ?? 3).toBeLessThanOrEqual(3);
      }
    }),
    { numRuns: 150 },
  );
});
