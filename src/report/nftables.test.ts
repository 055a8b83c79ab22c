import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Story } from '../trace/story.ts';
import { stories } from './fixtures/index.ts';
import { nftables } from './nftables.ts';

const breached = stories['breached'] as Story;
const withBlock = (block: readonly string[]): string => nftables({ ...breached, block });

/** Can this machine load rules where they touch nothing: in a network namespace of its own? */
const ready = spawnSync('unshare', ['--net', 'nft', 'list', 'ruleset']).status === 0;
if (!ready) process.stderr.write('nft or unshare is missing: the block list is NOT tried with the real nft\n');
if (!ready && process.env['CI']) throw new Error('CI needs nft (apt-get install nftables) and the right to unshare');

describe('the block list', () => {
  test('is a ruleset', async () => {
    await expect(nftables(breached)).toMatchFileSnapshot('./golden/block.nft');
  });

  test('names no private address, no network too wide, nothing that is neither', () => {
    const bad = [
      '10.0.0.1',
      '127.0.0.0/8',
      '192.168.1.0/24',
      'fe80::1',
      '::1',
      '0.0.0.0/0',
      '::/0',
      '1.0.0.0/2',
      'example.com',
      '203.0.113.5; flush ruleset',
      '',
    ];
    expect(withBlock(bad)).toBe(withBlock([]));
  });

  test('holds each address once', () => {
    const text = withBlock(['198.51.100.7', '198.51.100.0/24', '198.51.100.7', '2001:db8::1']);
    expect(text.match(/198\.51/g)).toHaveLength(1);
    expect(text).toContain('2001:db8::1');
  });

  // Skips where nft is not installed or namespaces are not allowed; never in CI, see above.
  test.skipIf(!ready).each([
    ['of a story', nftables(breached)],
    ['of nobody', withBlock([])],
    [
      'of many',
      withBlock(Array.from({ length: 3000 }, (_, at) => `198.${51 + (at % 40)}.${at % 250}.${(at * 7) % 250}`)),
    ],
  ])('%s is loaded by nft, also a second time', (_, rules) => {
    const load = 'nft -c -f - <<< "$RULES" && nft -f - <<< "$RULES" && nft -f - <<< "$RULES" && nft list ruleset';
    const env = { ...process.env, RULES: rules };
    const listed = execFileSync('unshare', ['--net', 'bash', '-c', load], { env, encoding: 'utf8' });
    expect(listed).toContain('ip saddr @block4');
    expect(listed.match(/chain/g)).toHaveLength(2);
  });
});
