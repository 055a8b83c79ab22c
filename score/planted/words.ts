import type { Random } from '../../bench/random.ts';

/** Names that every guesser knows, the most popular first. */
export const POPULAR: readonly string[] =
  'root admin user test ubuntu oracle postgres guest ftpuser git hadoop debian mysql pi support deploy administrator www nagios jenkins tomcat ec2-user centos zabbix steam minecraft dev ansible vagrant backup web teamspeak ts3 operator server demo student info service webmaster nginx elastic redis mongodb sysadmin docker ftp es kafka squid monitor samba apache tester svn data sales office master temp db dbadmin manager cisco ubnt default public supervisor tech linux unix nobody daemon mail bin sync gitlab gitlab-runner odoo solr weblogic node app python wordpress joomla svnadmin system adm hduser spark hive bot trade eth miner dspace vnc'.split(
    ' ',
  );

const SYLLABLES =
  'ka lo mi ra ten vor sil da pe nu gri sha bel tom wik jan hol fer mas dor lin cru zet bar quo hem pry ost ylm tav'.split(
    ' ',
  );

/** A made-up name that hardly anybody else tries. */
export function inventName(random: Random): string {
  let name = '';
  for (let left = random.between(2, 3); left > 0; left -= 1) name += random.pick(SYLLABLES);
  return random.chance(0.3) ? `${name}${random.between(1, 99)}` : name;
}

/** `count` different made-up names. */
export function inventNames(random: Random, count: number): string[] {
  const names = new Set<string>();
  while (names.size < count) names.add(inventName(random));
  return [...names];
}

/** A list in an order of its own. */
export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const out = [...list];
  for (let at = out.length - 1; at > 0; at -= 1) {
    const other = random.between(0, at);
    [out[at], out[other]] = [out[other] as T, out[at] as T];
  }
  return out;
}

/** What SSH clients leave behind when they go; popular first. `ADDR` stands for address and port. */
export const PARTINGS: readonly string[] = [
  'Received disconnect from ADDR:11: Bye Bye [preauth]',
  'Connection closed by ADDR [preauth]',
  'Received disconnect from ADDR:11: Normal Shutdown, Thank you for playing [preauth]',
  'Connection reset by ADDR [preauth]',
  'Received disconnect from ADDR:11:  [preauth]',
  'Received disconnect from ADDR:11: Client disconnecting normally [preauth]',
  'Received disconnect from ADDR:11: disconnected by user [preauth]',
  'Disconnected from ADDR [preauth]',
  'Received disconnect from ADDR:11: ok [preauth]',
  'Received disconnect from ADDR:14: No supported authentication methods available [preauth]',
  'Received disconnect from ADDR:11: Session closed [preauth]',
  'Received disconnect from ADDR:2: Protocol error [preauth]',
];

export const PROBES: readonly string[] = [
  'Did not receive identification string from ADDR',
  "Bad protocol version identification 'GET / HTTP/1.1' from ADDR",
  "Bad protocol version identification '\\003' from ADDR",
  'Unable to negotiate with ADDR: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1,diffie-hellman-group14-sha1 [preauth]',
  'Unable to negotiate with ADDR: no matching host key type found. Their offer: ssh-rsa,ssh-dss [preauth]',
  'banner exchange: Connection from ADDR: invalid format',
  'Connection closed by ADDR [preauth]',
];

/** A client that hardly anybody else uses. */
export function inventParting(random: Random): string {
  const word = inventName(random);
  return random.pick([
    `Received disconnect from ADDR:11: ${word} done [preauth]`,
    `Received disconnect from ADDR:11: Bye from ${word} [preauth]`,
    `Bad protocol version identification 'SSH-2.0-${word}_0.${random.between(1, 9)}' from ADDR`,
    `Unable to negotiate with ADDR: no matching cipher found. Their offer: ${word}-cbc,aes128-cbc [preauth]`,
  ]);
}
