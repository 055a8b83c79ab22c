import { execFileSync, spawnSync } from 'node:child_process';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { CidrSet } from '../core/cidr.ts';
import { isBlockable } from '../core/ip.ts';
import type { Story } from '../trace/story.ts';
import { blockListOf } from './block-form.ts';
import { blockForms } from './blocklists/index.ts';
import { stories } from './fixtures/index.ts';

const breached = stories['breached'] as Story;

function written(name: string, block: readonly string[], expireSeconds?: number): string {
  const form = blockForms.find((one) => one.name === name);
  if (form === undefined) throw new Error(`no form ${name}`);
  return form.write(blockListOf({ ...breached, block }, expireSeconds));
}

/** Every address and network that a text holds, as a form writes them. */
function networksIn(text: string): string[] {
  const body = text.replaceAll(/^#.*$/gm, '');
  return (
    body.match(/(?<![\w.:-])(?:\d+\.\d+\.\d+\.\d+|[\da-f]{0,4}:[\da-f:]*:[\da-f]{0,4})(?:\/\d+)?(?![\w.:-])/g) ?? []
  );
}

const NAMES = ['aws-sg', 'aws-waf', 'ipset', 'iptables', 'nft', 'ufw'];
const ENDING: Readonly<Record<string, string>> = { 'aws-sg': 'json', 'aws-waf': 'json', ufw: 'sh' };

describe('block lists', () => {
  test('are of these forms', () => {
    expect(blockForms.map(({ name }) => name)).toEqual(NAMES);
  });

  test.each(NAMES)('%s is written like this', async (name) => {
    const file = name === 'nft' ? 'block.nft' : `block-${name}.${ENDING[name] ?? 'txt'}`;
    await expect(written(name, breached.block)).toMatchFileSnapshot(`./golden/${file}`);
  });

  test.each(NAMES)('%s names no private address, no network too wide, nothing that is neither', (name) => {
    const bad = [
      '10.0.0.1',
      '127.0.0.0/8',
      '192.168.1.0/24',
      'fe80::1',
      '::1',
      '0.0.0.0/0',
      '::/0',
      '1.0.0.0/2',
      '203.0.113.5/33',
      'example.com',
      '203.0.113.5; flush ruleset',
      '203.0.113.5\nflush ruleset',
      '$(reboot)',
      '',
    ];
    expect(written(name, bad)).toBe(written(name, []));
  });

  test.each(NAMES)('%s holds each address once', (name) => {
    const text = written(name, ['198.51.100.7', '198.51.100.0/24', '198.51.100.7', '2001:db8::1']);
    expect(text.match(/198\.51/g)).toHaveLength(1);
    expect(text).toContain('2001:db8::1');
  });

  test.each(NAMES)('%s splits a network that a private one lies in', (name) => {
    const list = networksIn(written(name, ['172.0.0.0/11']));
    expect(list).toEqual(expect.arrayContaining(['172.0.0.0/12']));
    expect(CidrSet.from(list).has('172.16.0.1')).toBe(false);
  });

  const entry = fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.string());
  const network = fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(128)).map(([base, bits]) => `${base}/${bits}`);
  property.prop([fc.constantFrom(...NAMES), fc.array(fc.oneof(entry, network), { maxLength: 12 })])(
    'hold only addresses of the Internet, whatever the story holds',
    (name, block) => {
      for (const one of networksIn(written(name, block))) expect(isBlockable(one.split('/')[0] as string)).toBe(true);
    },
  );
});

describe('expiry', () => {
  test('is written in the tool’s words', () => {
    expect(written('nft', [], 12 * 3600)).toContain('timeout 12h\n');
    expect(written('nft', [], 90_061)).toContain('timeout 1d1h1m1s\n');
    expect(written('ipset', ['203.0.113.5'], 3600)).toContain('203.0.113.5 timeout 3600 ');
  });

  test('is no longer than the kernel can count', () => {
    expect(written('ipset', ['203.0.113.5'], 90 * 86_400)).toContain('203.0.113.5 timeout 2147483 ');
  });
});

describe('for AWS', () => {
  const many = Array.from({ length: 12_000 }, (_, at) => `203.${at % 100}.${at % 250}.${(at * 2) % 250}`);

  test('an IP set is what create-ip-set takes', () => {
    const sets = JSON.parse(written('aws-waf', ['203.0.113.5', '203.0.112.0/24', '2001:db8::9']));
    // WAFV2 API reference, CreateIPSet: the patterns of Name and Description, CIDR notation always.
    for (const set of sets) {
      expect(set.Name).toMatch(/^[\w-]{1,128}$/);
      expect(set.Description).toMatch(/^[\w+=:#@/\-,.][\w+=:#@/\-,.\s]+[\w+=:#@/\-,.]$/);
      expect(set.Scope).toBe('REGIONAL');
    }
    expect(sets.map((set: { IPAddressVersion: string }) => set.IPAddressVersion)).toEqual(['IPV4', 'IPV6']);
    expect(sets[0].Addresses).toEqual(['203.0.112.0/24', '203.0.113.5/32']);
    expect(sets[1].Addresses).toEqual(['2001:db8::9/128']);
  });

  test('no IP set holds more than 10,000', () => {
    const block = Array.from({ length: 25_000 }, (_, at) => `203.${at >> 8}.${at & 255}.${(at * 2) % 256}`);
    const sets = JSON.parse(written('aws-waf', block)) as { Name: string; Addresses: string[] }[];
    expect(sets.map(({ Name, Addresses }) => [Name, Addresses.length])).toEqual([
      ['spoor-block4', 10_000],
      ['spoor-block4-2', 10_000],
      ['spoor-block4-3', 5000],
      ['spoor-block6', 0],
    ]);
  });

  test('a network ACL holds no more than it may, the worst first', () => {
    const worst = breached.entries[0]?.address as string;
    const { Resources, Description } = JSON.parse(written('aws-sg', [...many, worst, '2001:db8::9']));
    const rules = Object.values(Resources).map((one) => (one as { Properties: Record<string, unknown> }).Properties);
    expect(rules).toHaveLength(19);
    expect(rules.map(({ CidrBlock }) => CidrBlock)).toContain(`${worst}/32`);
    expect(new Set(rules.map(({ RuleNumber }) => RuleNumber)).size).toBe(19);
    expect(rules.every(({ RuleAction, Egress }) => RuleAction === 'deny' && Egress === false)).toBe(true);
    expect(Description).toMatch(/ more did not fit/);
    expect(Description.length).toBeLessThan(1024);
  });
});

/** Can this machine load rules where they touch nothing: in a network namespace of its own? */
function ready(...command: string[]): boolean {
  if (spawnSync('unshare', ['--net', ...command]).status === 0) return true;
  const [tool] = command;
  process.stderr.write(`${tool} or unshare is missing: the block list is NOT tried with the real ${tool}\n`);
  if (process.env['CI']) throw new Error(`CI needs ${tool} (npm test installs it) and the right to unshare`);
  return false;
}

function inNamespace(script: string, list: string): string {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  return execFileSync('unshare', ['--net', 'bash', '-ec', script], { env, input: list, encoding: 'utf8' });
}

const MANY = Array.from({ length: 3000 }, (_, at) => `198.${51 + (at % 40)}.${at % 250}.${(at * 7) % 250}`);
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['of a story', breached.block],
  ['of nobody', []],
  ['of many', [...MANY, '2001:db8:7::/48', '2001:db8::9', '203.0.112.0/23']],
];
const count = ([, block]: readonly [string, readonly string[]]) => {
  const { v4, v6 } = blockListOf({ ...breached, block });
  return { v4: v4.length, v6: v6.length };
};

// Each skips where its tool is not installed or namespaces are not allowed; never in CI, see above.
describe.skipIf(!ready('nft', 'list', 'ruleset'))('in nft', () => {
  test.each(CASES)('a list %s is loaded, also a second time', (_, block) => {
    const load =
      'cat > /dev/shm/$$; nft -c -f /dev/shm/$$; nft -f /dev/shm/$$; nft -f /dev/shm/$$; rm /dev/shm/$$; nft list ruleset';
    const listed = inNamespace(load, written('nft', block));
    expect(listed).toContain('ip saddr @block4');
    expect(listed.match(/chain/g)).toHaveLength(2);
  });
});

describe.skipIf(!ready('ipset', 'list'))('in ipset', () => {
  test.each(CASES)('a list %s is loaded, also a second time', (...given) => {
    const load = 'list=$(cat); ipset restore <<< "$list"; ipset restore <<< "$list"; ipset list -t';
    const listed = inNamespace(load, written('ipset', given[1], 3600));
    const { v4, v6 } = count(given);
    expect(listed.match(/^Name: .*$/gm)?.sort()).toEqual(['Name: spoor4', 'Name: spoor6']);
    expect(listed.match(/^Number of entries: .*$/gm)).toEqual([`Number of entries: ${v4}`, `Number of entries: ${v6}`]);
  });
});

describe.skipIf(!ready('iptables-save'))('in iptables', () => {
  test.each(CASES)('a list %s is loaded in both families, also a second time', (...given) => {
    const load = `list=$(cat)
      for tool in iptables ip6tables; do
        $tool-restore --test <<< "$list"
        $tool-restore --noflush <<< "$list"
        $tool-restore --noflush <<< "$list"
        $tool-save
      done`;
    const saved = inNamespace(load, written('iptables', given[1]));
    const { v4, v6 } = count(given);
    expect(saved.match(/^-A SPOOR -s .* -j DROP$/gm) ?? []).toHaveLength(v4 + v6);
    expect(saved).toContain('-A INPUT -j SPOOR');
  });

  test('the way back that the list names takes all of it out again', () => {
    const undo = `iptables-restore --noflush; iptables-save | grep -v SPOOR | iptables-restore; iptables-save`;
    expect(inNamespace(undo, written('iptables', MANY.slice(0, 9)))).not.toContain('SPOOR');
  });
});

describe.skipIf(!ready('ufw', 'version'))('in ufw', () => {
  test('each command is understood, and its way back', () => {
    const script = written('ufw', ['203.0.113.5', '203.0.112.0/24', '2001:db8:7::/48']);
    const told = inNamespace(`sed 's/^ufw /ufw --dry-run /' | sh`, script);
    expect(told).toContain('-s 203.0.112.0/24 -j DROP');
    expect(told).toContain('-s 2001:db8:7::/48 -j DROP');
    const [, undo = ''] = /^# Undo: {2}(.*)$/m.exec(script) ?? [];
    const back = execFileSync('bash', ['-ec', undo.replace('FILE', '-').replace(/\| sh$/, '')], {
      input: script,
      encoding: 'utf8',
    });
    expect(back.trim().split('\n')).toEqual([
      'ufw delete deny from 203.0.112.0/24',
      'ufw delete deny from 203.0.113.5',
      'ufw delete deny from 2001:db8:7::/48',
    ]);
  });
});
