import { expect, test } from 'vitest';
import type { Finding } from '../story.ts';
import { DUMPED, LED, SHELL } from '../web-kinds.ts';
import { closePages } from './pages.ts';

const told = (title: string, ...urls: string[]) =>
  closePages([{ title, host: 'shop', request: { address: '203.0.113.77', urls } } as unknown as Finding]).map(
    ({ target, reason, command }) => [target, reason.split(/[;:]/, 1)[0], command],
  );

test('a script that was left is to be found and taken out, whatever folder the site stands in', () => {
  expect(told(SHELL.title, '/uploads/2026/x.php?c=id', '/img/y.phtml')).toEqual([
    [
      'the script /uploads/2026/x.php',
      'the intruder runs commands by it',
      "find / -xdev -path '*/uploads/2026/x.php' -ls",
    ],
    ['the script /img/y.phtml', 'the intruder runs commands by it', "find / -xdev -path '*/img/y.phtml' -ls"],
  ]);
});

test('a page that let them in is to be taken off the net', () => {
  expect(told(LED.title, '/ping.php?host=1%3Bid')).toEqual([
    ['the page /ping.php', 'commands were run through it', ''],
  ]);
  expect(told(DUMPED.title, '/item?id=1')).toEqual([['the page /item', 'the database was read through it', '']]);
});

test('what a stranger put into a path stands in no command', () => {
  const paths = [
    '/uploads/$(id).php',
    "/uploads/x';id;'.php",
    '/uploads/*.php',
    '/uploads/../x.php',
    '/uploads/%2e.php',
    '/uploads/[x].php',
    '/uploads/x\u001b[2J.php',
    `/uploads/${'a'.repeat(200)}.php`,
  ];
  for (const path of paths) expect(told(SHELL.title, path)).toEqual([[`the script ${path}`, expect.any(String), '']]);
});

test('a few pages are named, and no empty one', () => {
  expect(told(LED.title, '', '?x', '/a', '/b', '/c', '/d').map(([target]) => target)).toEqual([
    'the page /a',
    'the page /b',
    'the page /c',
  ]);
  expect(closePages([{ title: LED.title, host: 'shop' } as Finding])).toEqual([]);
  expect(told(LED.title, '/a', '/a?x')).toHaveLength(1);
  const many = Array.from({ length: 90 }, (_, at) => ({
    title: LED.title,
    host: 'shop',
    request: { address: '203.0.113.77', urls: [`/${at}`] },
  }));
  expect(closePages(many as unknown as Finding[])).toHaveLength(20);
});
