import { expect, test } from 'vitest';
import { AppError, ERROR_CODES } from './errors.ts';

test('the table: codes never change their meaning', () => {
  expect(ERROR_CODES).toMatchObject({
    E_USAGE: { status: 400, exit: 64 },
    E_CONFIG: { status: 500, exit: 78 },
    E_MALFORMED: { status: 422, exit: 65 },
    E_TOO_LARGE: { status: 413, exit: 65 },
    E_NOT_FOUND: { status: 404, exit: 66 },
    E_UNREADABLE: { status: 403, exit: 77 },
    E_UNAVAILABLE: { status: 503, exit: 69 },
  });
});

test('no code means success or a bug (70), or what --fail-on says (10)', () => {
  for (const { exit, status } of Object.values(ERROR_CODES)) {
    expect([0, 1, 10, 70]).not.toContain(exit);
    expect(status).toBeGreaterThanOrEqual(400);
  }
});

test('an error carries its code, both numbers and its cause', () => {
  const cause = new Error('disk');
  const error = new AppError('E_NOT_FOUND', 'cannot read "x"', { cause });
  expect(error).toMatchObject({
    name: 'AppError',
    code: 'E_NOT_FOUND',
    status: 404,
    exit: 66,
    message: 'cannot read "x"',
    cause,
  });
  expect(error).toBeInstanceOf(Error);
});
