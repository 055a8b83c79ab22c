import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { BREACH, guesses, OWN_TIME, put, sshd, visit } from './own-logs.ts';
import { ROOT, SAMPLE_TIME, scratch, spoor } from './program.ts';

const at = scratch();
const INCIDENT = join(ROOT, 'sample/incident');
const LOG = put(at('auth.log'), BREACH);
const ESC = '\u001b';
const ANSI = new RegExp(`${ESC}\\[[0-9;]*m`, 'g');
// What a terminal obeys or a reader is fooled by; the line feed alone is ours to write.
const UNSAFE = /[^\P{Cc}\n]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}/u;

async function shown(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stdout, stderr } = await spoor(['investigate', ...args], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const VIEWS = [[], ['--timeline'], ['--session', 's5'], ['--attacker', '203.0.113.77'], ['--host', 'gate']];

test.concurrent.each([40, 80, 140, 200])('at %d columns no line is wider, in any view', async (columns) => {
  for (const view of columns > 100 ? VIEWS.slice(0, 1) : VIEWS) {
    const text = await shown([...view, '--columns', String(columns), ...SAMPLE_TIME, INCIDENT], { FORCE_COLOR: '1' });
    const wide = text
      .replaceAll(ANSI, '')
      .split('\n')
      .filter((line) => stringWidth(line) > columns);
    expect({ view, wide }).toEqual({ view, wide: [] });
  }
});

test('one screen first: verdict, way in, attackers, what is missing, what next', async () => {
  const text = await shown([...SAMPLE_TIME, INCIDENT]);
  const parts = ['BREACHED', 'The way in', 'Attackers', 'Do now', 'Missing', 'Read', 'See more'];
  const places = parts.map((part) => text.indexOf(part));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(text).toContain('203.0.113.77');
  expect(text).toContain('svc-batch');
  expect(text.split('\n').length).toBeLessThan(90);
});

describe.concurrent('colour', () => {
  const colored = async (env: Readonly<Record<string, string>>) => (await shown([...OWN_TIME, LOG], env)).includes(ESC);

  test('none through a pipe, some when forced, none when unwanted', async () => {
    expect(await Promise.all([colored({}), colored({ FORCE_COLOR: '1' }), colored({ FORCE_COLOR: '0' })])).toEqual([
      false,
      true,
      false,
    ]);
    expect(await Promise.all([colored({ NO_COLOR: '1' }), colored({ NO_COLOR: '1', FORCE_COLOR: '1' })])).toEqual([
      false,
      false,
    ]);
  });

  test('it changes nothing but colour', async () => {
    const [plain, colour] = await Promise.all([
      shown([...OWN_TIME, LOG]),
      shown([...OWN_TIME, LOG], { FORCE_COLOR: '1' }),
    ]);
    const still = (text: string) => text.replaceAll(ANSI, '').replace(/\s*in \d+(?:\.\d)? s/, '');
    expect(still(colour)).toBe(still(plain));
  });
});

describe.concurrent('text of strangers', () => {
  const EVIL = `${ESC}[2J${ESC}]0;owned\u0007\u009b31m\u202egnp.exe\u2066\u200b\u0008\u007f\r<script>alert(1)</script>`;
  const name = `x${EVIL}`;
  const text =
    guesses('2026-03-09T10:00:00Z', '203.0.113.9', 'root', 30) +
    guesses('2026-03-09T10:01:00Z', '203.0.113.9', name, 5) +
    sshd('2026-03-09T10:02:00Z', 8, `Invalid user ${EVIL} from 203.0.113.9 port 99`) +
    visit('2026-03-09T10:05:00Z', '203.0.113.9', 'root', 600) +
    `Mar  9 10:06:00 web1 sudo:     root : TTY=pts/0 ; PWD=/${EVIL} ; USER=root ; COMMAND=/usr/bin/curl http://198.51.100.7/${EVIL}\n` +
    `Mar  9 10:06:30 web1 useradd[77]: new user: name=${EVIL}, UID=0, GID=0, home=/${EVIL}, shell=/bin/sh\n` +
    `203.0.113.9 - - [09/Mar/2026:10:07:00 +0000] "GET /?q=1%27%20or%201=1--${EVIL} HTTP/1.1" 200 5 "-" "${EVIL}"\n`;
  put(at('evil', `auth${ESC}[31m\u202e.log`), text);

  test.each(VIEWS.map((view) => [view.join(' '), view] as const))(
    '%s never reach the terminal raw',
    async (_, view) => {
      const args = view.map((word) =>
        word.replace('s5', 's1').replace('203.0.113.77', '203.0.113.9').replace('gate', 'web1'),
      );
      const said = await shown([...args, ...OWN_TIME, at('evil')]);
      expect(UNSAFE.exec(said)).toBeNull();
    },
  );

  test('nor do they in an option', async () => {
    const { stdout, stderr } = await spoor(['investigate', '--attacker', EVIL, at('evil')]);
    expect([stdout, UNSAFE.exec(stderr)]).toEqual(['', null]);
  });

  test('are whole in the JSON, as the evidence that they are', async () => {
    const { stdout } = await spoor(['investigate', '--json', ...OWN_TIME, at('evil')]);
    expect(JSON.parse(stdout).attackers[0].names).toContain(name);
    expect(stdout).not.toMatch(new RegExp(`[${ESC}\\u0007]`)); // JSON escapes them
  });

  test('nor do they through the names of files that cannot be read', async () => {
    const { stderr, stdout } = await spoor(['investigate', at(EVIL.replaceAll('/', ''))]);
    expect([stdout, UNSAFE.exec(stderr)]).toEqual(['', null]);
    const parse = await spoor(['parse', at(EVIL.replaceAll('/', ''))]);
    expect([parse.stdout, UNSAFE.exec(parse.stderr)]).toEqual(['', null]);
  });
});

test('progress is not told where a run is short', async () => {
  writeFileSync(at('short.log'), BREACH);
  expect((await spoor(['investigate', ...OWN_TIME, at('short.log')])).stderr).toBe('');
});
