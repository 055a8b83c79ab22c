import { AppError } from '../core/errors.ts';

/** The longest common name of a certificate (RFC 5280 Appendix A, ub-common-name). */
const LONGEST = 64;
const NAME = /^(?=.*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/**
 * A host's name (RFC 1123 §2.1) in lower case: letters, digits and hyphens, between dots. One without any letter is taken for an address.
 * Throws E_USAGE.
 */
export function hostName(text: string): string {
  const name = text.toLowerCase();
  if (name.length <= LONGEST && NAME.test(name) && name !== 'none') return name;
  throw new AppError(
    'E_USAGE',
    `"${text.slice(0, 80)}" is no host name: letters, digits and hyphens between dots, at least one letter, at most ${LONGEST} characters`,
  );
}
