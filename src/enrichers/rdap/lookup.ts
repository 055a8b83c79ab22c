import { type Ip, isPublic, parseIp } from '../../core/ip.ts';
import { printable } from '../../core/text.ts';
import { type Registered, readAnswer } from './answer.ts';
import { type Bootstrap, readBootstrap } from './bootstrap.ts';
import { type ClientOptions, RdapClient } from './client.ts';

const REGISTRIES = ['ipv4.json', 'ipv6.json', 'asn.json'];
/** An answer for more than this tells nothing of one network, and is not kept for others. */
const WIDEST = { 4: 24n, 6: 112n } as const; // free bits: a /8, a /16

/** Whom a registry names for abuse. */
export interface AbuseDesk {
  readonly mails: readonly string[];
  /** The range that the answer is for, in words. */
  readonly range: string;
  readonly name: string;
  /** Host that was asked first. */
  readonly from: string;
  /** Is this address in the range? */
  readonly covers: (address: string) => boolean;
}

export interface Rdap {
  /** Whom to write to about an address. Throws an Error that says why that is unknown. */
  deskOf(address: string, asn: number | null): Promise<AbuseDesk>;
}

export interface RdapOptions extends ClientOptions {
  /** Where the registries lie: a URL that ends with a slash. */
  readonly bootstrap: string;
}

/** Reads the registries. Throws an Error that says which could not be read and why. */
export async function openRdap(options: RdapOptions): Promise<Rdap> {
  const client = new RdapClient(options);
  const documents: unknown[] = [];
  for (const file of REGISTRIES) documents.push(await client.document(new URL(file, options.bootstrap).href));
  const lookup = new Lookup(client, readBootstrap(documents));
  return { deskOf: (address, asn) => lookup.deskOf(address, asn) };
}

class Lookup {
  readonly #client: RdapClient;
  readonly #bootstrap: Bootstrap;
  readonly #desks: AbuseDesk[] = [];
  readonly #systems = new Map<number, Promise<Registered | null>>();

  constructor(client: RdapClient, bootstrap: Bootstrap) {
    this.#client = client;
    this.#bootstrap = bootstrap;
  }

  async deskOf(address: string, asn: number | null): Promise<AbuseDesk> {
    const ip = parseIp(address);
    if (ip === null || !isPublic(ip)) throw new Error('it is no address of the Internet');
    const known = this.#desks.find(({ covers }) => covers(address));
    if (known !== undefined) return known;
    const server = this.#bootstrap.serverOf(ip.text);
    if (server === null) throw new Error('no registry answers for it');
    const registered = await this.#ask(`${server}ip/${ip.text}`);
    if (registered === null) throw new Error(`${new URL(server).host}: its answer is of no network`);
    const mails = registered.mails.length > 0 || asn === null ? registered.mails : await this.#mailsOfSystem(asn);
    if (mails.length === 0) throw new Error('the registry names no mail address for abuse');
    const desk = deskFor(ip, { ...registered, mails }, new URL(server).host);
    this.#desks.push(desk);
    return desk;
  }

  async #ask(url: string): Promise<Registered | null> {
    return readAnswer(await this.#client.document(url));
  }

  /** What the registry says of the autonomous system, asked once. That it cannot be asked is no reason to fail. */
  async #mailsOfSystem(asn: number): Promise<readonly string[]> {
    const server = this.#bootstrap.serverOf(asn);
    if (server === null) return [];
    let asked = this.#systems.get(asn);
    if (asked === undefined) {
      asked = this.#ask(`${server}autnum/${asn}`).catch(() => null);
      this.#systems.set(asn, asked);
    }
    return (await asked)?.mails ?? [];
  }
}

/** An answer that does not cover what was asked, or nearly everything, holds for the asked address alone. */
function deskFor(asked: Ip, { mails, range, name }: Registered, from: string): AbuseDesk {
  const [first, last] = [parseIp(range?.first ?? ''), parseIp(range?.last ?? '')];
  const base = { mails, name, from: printable(from, 80) };
  const exact = { ...base, range: asked.text, covers: (address: string) => parseIp(address)?.text === asked.text };
  if (first?.version !== asked.version || last?.version !== asked.version) return exact;
  const [low, high, at] = [numberOf(first), numberOf(last), numberOf(asked)];
  if (at < low || at > high || high - low >= 1n << WIDEST[asked.version]) return exact;
  const covers = (address: string): boolean => {
    const ip = parseIp(address);
    return ip?.version === asked.version && numberOf(ip) >= low && numberOf(ip) <= high;
  };
  return { ...base, range: `${first.text} - ${last.text}`, covers };
}

function numberOf(ip: Ip): bigint {
  if (ip.version === 4) return BigInt(ip.value);
  return ip.words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
}
