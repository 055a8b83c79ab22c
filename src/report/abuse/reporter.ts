import { AppError } from '../../core/errors.ts';
import { mailDomain } from '../../core/mail.ts';

/** Who reports: as XARF's `contact_info` asks for it. */
export interface Reporter {
  /** Name to sign with. */
  readonly name: string;
  readonly org: string;
  readonly contact: string;
  readonly domain: string;
}

const NAMED = /^(?<name>[^<>]{1,200}?)\s*<(?<mail>[^<>\s]{3,254})>$/;

/** Reads `Name <mail>`; the organisation is the name where none is given. Throws E_USAGE that says what to give. */
export function readReporter(text: string, org: string | undefined): Reporter {
  const { name = '', mail = '' } = NAMED.exec(text.trim())?.groups ?? {};
  const domain = mailDomain(mail);
  if (domain === null || /\p{Cc}/u.test(name))
    throw new AppError(
      'E_USAGE',
      `--reporter "${text.slice(0, 80)}": give a name and a mail address, such as "Mina Park <abuse@example.org>"`,
    );
  const organisation = (org ?? name).trim();
  if (organisation === '' || organisation.length > 200 || /\p{Cc}/u.test(organisation))
    throw new AppError(
      'E_USAGE',
      `--reporter-org "${organisation.slice(0, 80)}": give 1 to 200 characters on one line`,
    );
  return { name, org: organisation, contact: mail, domain };
}
