import { expect, test } from 'vitest';
import { investigateFiles } from '../../test/scenario.ts';

const SHELL = 'Web shell used';
const PAGE = '/wp-content/themes/dawn/404.php';
/** What a shell answers, by command. */
const ANSWERS: readonly (readonly [string, number])[] = [
  ['id', 54],
  ['ls -la', 971],
  ['cat wp-config.php', 3218],
  ['uname -a', 121],
  ['cat /etc/passwd', 1874],
];

interface Manner {
  readonly page?: string;
  readonly name?: string;
  readonly address?: string;
  readonly referrer?: string;
  readonly user?: string;
  readonly bytes?: (command: string, usual: number, at: number) => number;
}

async function typed(commands: readonly (readonly [string, number])[], manner: Manner = {}): Promise<string> {
  const { page = PAGE, name = 'cmd', address = '203.0.113.9', referrer = '-', user = '-' } = manner;
  const lines = commands.map(([command, usual], at) => {
    const bytes = manner.bytes?.(command, usual, at) ?? usual;
    const stamp = `01/May/2026:08:00:${String(at * 5).padStart(2, '0')} +0000`;
    return `${address} - ${user} [${stamp}] "GET ${page}?${name}=${encodeURIComponent(command)} HTTP/1.1" 200 ${bytes} "${referrer}" "Mozilla/5.0 (X11; Linux x86_64) Firefox/126.0"`;
  });
  const story = await investigateFiles({ 'web1/var/log/nginx/access.log': `${lines.join('\n')}\n` });
  return `${story.verdict}: ${story.findings.map(({ title }) => title).join(', ')}`;
}

test('a script of a theme that answers each command with a text of its own', async () => {
  expect(await typed(ANSWERS)).toBe(`breached: ${SHELL}`);
  expect(await typed(ANSWERS, { page: '/x.php', name: '0' })).toBe(`breached: ${SHELL}`);
});

test('a page that runs what stands behind an address', async () => {
  const injected = ANSWERS.map(([command, bytes]) => [`198.51.100.1;${command}`, 800 + bytes] as const);
  const manner = { page: '/tools/ping.php', name: 'host' };
  expect(await typed(injected, manner)).toBe('breached: Command run by a web request');
  expect(await typed(injected, { ...manner, bytes: (command) => 800 + 2 * command.length })).toBe(
    'attacked: Attacks that the web server answered with success',
  );
});

test('by its own form', async () => {
  const referrer = `https://shop.example${PAGE}?cmd=id`;
  expect(await typed(ANSWERS, { referrer })).toBe(`breached: ${SHELL}`);
});

const HONEST: readonly (readonly [string, Manner])[] = [
  ['a page that ignores it', { bytes: () => 5120 }],
  ['a page that tells the time', { bytes: (_command, _usual, at) => 5120 + at }],
  ['a page that says what it was asked', { bytes: (command) => 5120 + 3 * encodeURIComponent(command).length }],
  ['a page that changes by itself', { bytes: (_command, _usual, at) => 48_000 - 3000 * at }],
  ['a search', { name: 'q', bytes: (command) => (command === 'id' ? 90_211 : 8000 + 40 * command.length) }],
  ['somebody who signed in', { user: 'ada' }],
  ['a link of another page', { referrer: 'https://shop.example/admin/' }],
  ['somebody on the same network', { address: '192.168.1.7' }],
];

test.each(HONEST)('%s is no shell', async (_label, manner) => {
  expect(await typed(ANSWERS, manner)).not.toContain(SHELL);
});

test('a page by which networks are looked up, and one that two commands were tried on', async () => {
  const lookups = ['ping -c 3 198.51.100.1', 'traceroute 198.51.100.1', 'nslookup shop.example', 'dig shop.example'];
  expect(await typed(lookups.map((command, at) => [command, 500 + 900 * at]))).not.toContain(SHELL);
  expect(await typed(ANSWERS.slice(0, 2))).not.toContain(SHELL);
});
