import { expect, test } from 'vitest';
import { investigateFiles } from '../../test/scenario.ts';

async function sent(path: string, sizes: readonly number[], method = 'POST'): Promise<string> {
  const lines = sizes.map(
    (bytes, at) =>
      `203.0.113.9 - - [01/May/2026:05:00:${String(at * 3).padStart(2, '0')} +0000] "${method} ${path} HTTP/1.1" 200 ${bytes} "-" "curl/8.5.0"\n`,
  );
  const story = await investigateFiles({ 'web1/var/log/nginx/access.log': lines.join('') });
  return `${story.verdict}: ${story.findings.map(({ title }) => title).join(', ')}`;
}

const SHELL = '/cgi-bin/.%2e/.%2e/.%2e/.%2e/bin/sh';
const HELPER = '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php';

test.each([SHELL, HELPER])('%s answered each command with a text of its own', async (path) => {
  expect(await sent(path, [45, 1733, 331])).toContain('breached: Command run by a web request');
});

test('what is given for whatever is sent is no answer', async () => {
  expect(await sent(HELPER, [33, 33, 33])).toContain('attacked: ');
  expect(await sent(SHELL, [5120, 5121, 5124])).toContain('attacked: ');
  expect(await sent(SHELL, [45, 1733, 331], 'GET')).toContain('attacked: ');
});
