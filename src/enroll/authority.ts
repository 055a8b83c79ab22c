import { createHash, type webcrypto } from 'node:crypto';
import type { X509Certificate } from '@peculiar/x509';
import { AppError } from '../core/errors.ts';
import {
  authorityCertificate,
  hostCertificate,
  type Issuer,
  type Making,
  readCertificate,
  type ServerNames,
  serverCertificate,
} from './forms.ts';
import { makeTlsFolder, newKeys, putFile, readKeys, type TlsFiles, textOf } from './key-files.ts';
import { NAME_CONSTRAINTS, NameLimits } from './name-limits.ts';

const SERIAL_BYTES = 16;
/** Ten minutes. */
const OWN_DAYS = 10 / 1440;

/** What is known of a certificate that was issued. Milliseconds since 1970. */
export interface Issued {
  readonly pem: string;
  /** Lower-case hex. */
  readonly serial: string;
  readonly name: string;
  readonly issuedMs: number;
  readonly notAfterMs: number;
}

export interface AuthorityOptions {
  readonly files: TlsFiles;
  /** As `crypto.randomBytes`. */
  readonly random: (bytes: number) => Buffer;
  readonly nowMs: () => number;
  /** For a new authority: zones whose names it may vouch for (empty: any), and public addresses of its server. */
  readonly zones: readonly string[];
  readonly addresses: readonly string[];
}

/** Spoor's own certificate authority: its key is in a file that only its owner can read, and signs certificates of hosts and of the server. */
export class Authority {
  readonly #issuer: Issuer;
  readonly #options: AuthorityOptions;
  readonly limits: NameLimits;
  /** Its certificate, as hosts pin it. */
  readonly pem: string;
  /**
   * The one name that the server has for the authority's whole life, whatever the machine is called and wherever it stands: hosts ask for it.
   * `.internal` is nobody's (ICANN resolution 2024.07.29.06).
   */
  readonly serverName: string;

  private constructor(issuer: Issuer, serverName: string, options: AuthorityOptions) {
    this.#issuer = issuer;
    this.#options = options;
    this.serverName = serverName;
    this.pem = `${issuer.certificate.toString('pem')}\n`;
    const limits = issuer.certificate.getExtension(NAME_CONSTRAINTS);
    this.limits = limits === null ? NameLimits.of([], []) : NameLimits.read(Buffer.from(limits.value));
  }

  /** Opens it; makes it where there is none. Throws E_CONFIG when one of its files is gone or not what it was: then hosts must not get another. */
  static async open(options: AuthorityOptions): Promise<Authority> {
    const { files } = options;
    makeTlsFolder(files.folder);
    const [pem, key] = [textOf(files.authority), textOf(files.authorityKey)];
    if (key === null && pem !== null)
      throw new AppError(
        'E_CONFIG',
        `${files.authorityKey} is gone, and hosts trust ${files.authority}: put it back from a backup, or remove both and enroll every host anew`,
      );
    if (key === null) putFile(files.authorityKey, (await newKeys()).pem, 0o400);
    const keys = await readKeys(files.authorityKey);
    const id = await keyId(keys.publicKey);
    if (pem === null) await Authority.#certify(keys, id, options);
    const certificate = readCertificate(textOf(files.authority) ?? '');
    if ((await keyId(await certificate.publicKey.export())) !== id)
      throw new AppError('E_CONFIG', `${files.authorityKey} is not the key of ${files.authority}`);
    return new Authority({ certificate, key: keys.privateKey }, serverNameOf(id), options);
  }

  static async #certify(keys: webcrypto.CryptoKeyPair, id: string, options: AuthorityOptions): Promise<void> {
    const { zones, addresses, files } = options;
    const limits = NameLimits.of(zones.length === 0 ? [] : [...zones, serverNameOf(id)], addresses);
    const certificate = await authorityCertificate(`Spoor authority ${id}`, keys, limits, making(options));
    putFile(files.authority, `${certificate.toString('pem')}\n`, 0o644);
  }

  /** A certificate for the server, with such of the names as the authority may vouch for. */
  async issueServer(
    publicKey: webcrypto.CryptoKey,
    names: Pick<ServerNames, 'addresses'> & { dns: readonly string[] },
  ): Promise<Issued> {
    const dns: ServerNames['dns'] = [this.serverName, ...names.dns.filter((name) => this.limits.allowsName(name))];
    const addresses = names.addresses.filter((address) => this.limits.allowsAddress(address));
    const made = await serverCertificate(this.#issuer, publicKey, { dns, addresses }, making(this.#options));
    return issued(made, this.serverName, this.#options.nowMs());
  }

  /** A certificate for a host. Throws E_USAGE for a name that it may not vouch for. */
  async issueHost(publicKey: webcrypto.CryptoKey, host: string): Promise<Issued> {
    this.checkHost(host);
    const made = await hostCertificate(this.#issuer, publicKey, host, making(this.#options));
    return issued(made, host, this.#options.nowMs());
  }

  /** A client's certificate for the server itself, which tries its own listeners with it; it holds for minutes. */
  async issueOwn(publicKey: webcrypto.CryptoKey): Promise<string> {
    const name = `doctor.${this.serverName}`;
    const made = await hostCertificate(this.#issuer, publicKey, name, making(this.#options), OWN_DAYS);
    return `${made.toString('pem')}\n`;
  }

  /** Throws E_USAGE for a host that can get no certificate. */
  checkHost(host: string): void {
    if (host === this.serverName) throw new AppError('E_USAGE', `${host} is what hosts know this server by`);
    if (!this.limits.allowsName(host))
      throw new AppError(
        'E_USAGE',
        `${host} is in none of the zones that this authority was made for: ${this.limits.zones.join(', ')}`,
      );
  }
}

function making({ random, nowMs }: AuthorityOptions): Making {
  const bytes = random(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40; // positive, and without a leading zero, which programs show or leave out
  return { nowMs: nowMs(), serial: bytes.toString('hex') };
}

function issued(certificate: X509Certificate, name: string, issuedMs: number): Issued {
  return {
    pem: `${certificate.toString('pem')}\n`,
    serial: certificate.serialNumber.toLowerCase(),
    name,
    issuedMs,
    notAfterMs: certificate.notAfter.getTime(),
  };
}

const serverNameOf = (id: string): string => `spoor-${id}.internal`;

/** The first 48 bits of the SHA-256 of a public key. */
async function keyId(key: webcrypto.CryptoKey): Promise<string> {
  const spki = await crypto.subtle.exportKey('spki', key);
  return createHash('sha256').update(Buffer.from(spki)).digest('hex').slice(0, 12);
}
