import { expect, test } from 'vitest';
import { fileIn, importVia } from './file-transport.ts';

test('a file is in `via` as it was put there, and nothing else is a file', () => {
  const path = 'web1:/var/log/wtmp\nof a case';
  expect(fileIn(importVia(path, null))).toEqual({ path, format: null, isHandedIn: true });
  expect(fileIn(importVia(path, 'utmp'))).toEqual({ path, format: 'utmp', isHandedIn: true });
  expect(fileIn(`file:${path}`)).toEqual({ path, format: null, isHandedIn: false });
  for (const via of ['tls:192.0.2.7:51022', 'file-utmp:/x', 'important:/x', 'import-:/x', 'import-Utmp:/x', 'journal'])
    expect(fileIn(via)).toBeNull();
});
