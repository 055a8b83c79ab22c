import { expect, test } from 'vitest';
import { findUploaded } from './uploaded.ts';

const request = { request: '', method: 'POST', target: '', version: '1.1', status: 200, referrer: '', userAgent: '' };
const isFound = (path: string, given: object = {}) => findUploaded({ ...request, ...given }, path) !== null;

test.each([
  '/wp-content/uploads/2026/05/x.php',
  '/uploads/a.phtml',
  '/shop/uploads/tmp/logo.php7',
  '/avatars/17.aspx',
  '/wp-includes/css/style.php',
  '/.well-known/acme-challenge/z.php',
])('a script among files that was sent something: %s', (path) => {
  expect(isFound(path)).toBe(true);
  expect(isFound(path, { method: 'GET' })).toBe(false);
  expect(isFound(path, { status: 404 })).toBe(false);
  expect(isFound(path, { referrer: 'https://shop.example/' })).toBe(false);
  expect(isFound(path, { referrer: `https://shop.example${path}?a=1` })).toBe(true);
});

test.each([
  '/uploads/upload.php',
  '/uploads/index.php',
  '/attachments/ajax.php',
  '/attachments/get.php',
  '/forum/avatars/view_one.aspx',
  '/uploads/2026/05/photo.jpg',
  '/upload.php',
  '/wp-admin/async-upload.php',
  '/index.php/uploads/x',
  '/.well-known/matrix/server',
])('none: %s', (path) => expect(isFound(path)).toBe(false));
