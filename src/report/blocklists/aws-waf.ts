import { type BlockForm, type BlockList, withMask } from '../block-form.ts';

/** Addresses that one IP set takes (AWS WAF quotas). */
const ROOM = 10_000;

/** What `aws wafv2 create-ip-set --cli-input-json` reads (WAFV2 API, CreateIPSet). */
interface IpSet {
  readonly Name: string;
  readonly Scope: 'REGIONAL';
  readonly Description: string;
  readonly IPAddressVersion: 'IPV4' | 'IPV6';
  readonly Addresses: readonly string[];
}

function sets(version: 4 | 6, entries: readonly string[]): IpSet[] {
  const parts = Math.max(1, Math.ceil(entries.length / ROOM));
  return Array.from({ length: parts }, (_, at) => ({
    Name: `spoor-block${version}${at === 0 ? '' : `-${at + 1}`}`,
    Scope: 'REGIONAL',
    Description: 'Seen attacking. Written by Spoor. A rule with action Block that names this set stops them.',
    IPAddressVersion: `IPV${version}`,
    Addresses: entries.slice(at * ROOM, (at + 1) * ROOM).map(withMask),
  }));
}

function write({ v4, v6 }: BlockList): string {
  return `${JSON.stringify([...sets(4, v4), ...sets(6, v6)], null, 2)}\n`;
}

/** IP sets for AWS WAF: a JSON array, each of whose elements is the input of one `create-ip-set`. */
export default { name: 'aws-waf', expires: false, write } satisfies BlockForm;
