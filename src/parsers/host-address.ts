import type { EcsFields } from '../core/event.ts';
import { canonicalIp } from '../core/ip.ts';
import type { Message, MessageParser } from '../core/stages.ts';

const ADDRESS = '(?<address>[0-9a-fA-F:.]{7,45})';
const SAID: readonly RegExp[] = [
  // dhclient, dhcpcd
  new RegExp(`^bound to ${ADDRESS} -- renewal in `),
  new RegExp(`^\\S{1,32}: leased ${ADDRESS} for `),
  // systemd-networkd: "eth0: DHCPv4 address 10.0.3.7/24, gateway 10.0.3.1 acquired from 10.0.3.1"
  new RegExp(`^\\S{1,32}: DHCPv[46] address ${ADDRESS}(?:/\\d{1,3})?(?:,| via| acquired)`),
  // NetworkManager: "<info>  [1780300800.1] dhcp4 (eth0): state changed new lease, address=10.0.3.7"
  new RegExp(
    `^(?:<info> {1,2}\\[[\\d.]{1,24}\\] )?dhcp[46] \\(\\S{1,32}\\):? {1,3}(?:state changed .{1,40}, )?address[ =]{1,2}${ADDRESS}$`,
  ),
  new RegExp(`^Registering new address record for ${ADDRESS} on `), // avahi-daemon
  new RegExp(`^ci-info: \\| {1,20}\\S{1,32} {1,20}\\| {1,20}True {1,20}\\| {1,20}${ADDRESS} {1,20}\\|`), // cloud-init
];

/** Which address a host has, as the programs say that gave it one: DHCP clients, systemd-networkd, NetworkManager, Avahi, cloud-init. */
export default {
  kind: 'message',
  name: 'host-address',
  programs: ['dhclient', 'dhcpcd', 'systemd-networkd', 'NetworkManager', 'avahi-daemon', 'cloud-init'],
  parse({ message }: Message): EcsFields | null {
    for (const pattern of SAID) {
      const address = canonicalIp(pattern.exec(message)?.groups?.['address'] ?? '');
      if (address === null) continue;
      return {
        'event.category': ['network'],
        'event.type': ['info'],
        'event.action': 'host_address',
        'spoor.host.address': address,
      };
    }
    return null;
  },
} satisfies MessageParser;
