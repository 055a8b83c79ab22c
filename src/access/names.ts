import { AppError } from '../core/errors.ts';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,62}$/u;

/**
 * The name of an account as it is kept and compared: NFKC, small letters. Letters and digits of any script, and `. _ @ + -`, no more
 * than 63 characters. Throws E_USAGE for any other.
 */
export function personName(typed: string): string {
  const name = typed.slice(0, 300).normalize('NFKC').trim().toLowerCase();
  if (!NAME.test(name))
    throw new AppError('E_USAGE', 'a name has letters, digits and . _ @ + - only, and no more than 63 of them');
  return name;
}
