/** What is known of a provider's networks. */
export type NetworkLabel = 'hosting' | 'vpn';

// Facts of our own gathering: that these companies let servers (hosting), or run exits of VPNs (vpn), is what they say of themselves. The
// numbers and the names are the registries' (RouteViews and NRO, in the npm package @ip-location-db/asn): a test compares them. Those who
// mostly have other customers (Google's own AS15169, carriers) are not here, nor are those of whom only others say it.
const HOSTING: readonly (readonly [asn: number, name: string])[] = [
  [2514, 'NTT PC'],
  [6724, 'Strato'],
  [7203, 'Leaseweb'],
  [7506, 'GMO Internet'],
  [8075, 'Microsoft'],
  [8100, 'QuadraNet'],
  [8560, 'IONOS'],
  [9009, 'M247'],
  [9123, 'TIMEWEB'],
  [9370, 'SAKURA'],
  [9371, 'SAKURA'],
  [11878, 'tzulo'],
  [12876, 'Scaleway'],
  [14061, 'DigitalOcean'],
  [14576, 'Hosting Solution'],
  [14618, 'Amazon'],
  [16125, 'Cherry Servers'],
  [16276, 'OVH'],
  [16509, 'Amazon'],
  [18450, 'WebNX'],
  [19318, 'Interserver'],
  [20454, 'SECURED SERVERS'],
  [20473, 'The Constant Company'],
  [20860, 'IOMART'],
  [21859, 'Zenlayer'],
  [22612, 'Namecheap'],
  [23470, 'ReliableSite'],
  [24940, 'Hetzner'],
  [25820, 'IT7 Networks'],
  [26496, 'GoDaddy'],
  [28753, 'Leaseweb'],
  [29066, 'velia.net'],
  [29802, 'HIVELOCITY'],
  [30633, 'Leaseweb'],
  [31898, 'Oracle'],
  [32097, 'WholeSale Internet'],
  [33387, 'Nocix'],
  [34549, 'meerfarbig'],
  [35916, 'MULTACOM'],
  [36007, 'Kamatera'],
  [36351, 'IBM Cloud'],
  [36352, 'HostPapa'],
  [37963, 'Alibaba'],
  [40676, 'Psychz'],
  [42708, 'GleSYS'],
  [42831, 'UK Dedicated Servers'],
  [43350, 'NForce'],
  [45090, 'Tencent'],
  [45102, 'Alibaba'],
  [46562, 'Performive'],
  [46606, 'Unified Layer'],
  [47583, 'Hostinger'],
  [49392, 'Baxet'],
  [49505, 'Selectel'],
  [49981, 'WorldStream'],
  [50673, 'Serverius'],
  [51167, 'Contabo'],
  [53667, 'FranTech'],
  [54825, 'Packet Host'],
  [55286, 'B2 Net'],
  [55293, 'A2 Hosting'],
  [55990, 'Huawei Cloud'],
  [57043, 'HOSTKEY'],
  [59253, 'LEASEWEB'],
  [60068, 'Datacamp'],
  [60781, 'LeaseWeb'],
  [61317, 'Hivelocity'],
  [62240, 'Clouvider'],
  [63949, 'Akamai'], // Linode
  [64286, 'LogicWeb'],
  [132203, 'Tencent'],
  [133752, 'LEASEWEB'],
  [136907, 'HUAWEI'],
  [197540, 'netcup'],
  [198610, 'Beget'],
  [199524, 'G-Core'],
  [200019, 'ALEXHOST'],
  [200651, 'FlokiNET'],
  [201814, 'MEVSPACE'],
  [210644, 'AEZA'],
  [212238, 'Datacamp'],
  [212317, 'Hetzner'],
  [213230, 'Hetzner'],
  [262287, 'Maxihost'],
  [393406, 'DigitalOcean'],
  [396356, 'Latitude'],
  [396362, 'Leaseweb'],
  [396982, 'Google'], // Google Cloud; its own services are elsewhere
  [398101, 'GoDaddy'],
];

const VPN: readonly (readonly [asn: number, name: string])[] = [
  [39351, '31173 Services'], // Mullvad's
  [62371, 'Proton'],
  [136787, 'PacketHub'], // NordVPN's
  [141039, 'PacketHub'],
  [147049, 'PacketHub'],
  [199218, 'Proton'],
  [203619, 'IVPN'],
  [207137, 'PacketHub'],
  [208172, 'Proton'],
  [209103, 'Proton'],
  [216025, 'Mullvad'],
  [397540, 'Windscribe'],
];

/** The table, for whoever shows or checks it. */
export const KNOWN_NETWORKS: readonly { readonly asn: number; readonly name: string; readonly label: NetworkLabel }[] =
  [
    ...HOSTING.map(([asn, name]) => ({ asn, name, label: 'hosting' as const })),
    ...VPN.map(([asn, name]) => ({ asn, name, label: 'vpn' as const })),
  ];

const BY_NUMBER: ReadonlyMap<number, NetworkLabel> = new Map(KNOWN_NETWORKS.map(({ asn, label }) => [asn, label]));

/** What a network is known for, by its AS number; null for nothing. */
export function networkLabel(asn: number): NetworkLabel | null {
  return BY_NUMBER.get(asn) ?? null;
}
