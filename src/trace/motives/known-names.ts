/** Accounts that every guesser tries, on any machine. */
const DEFAULTS = new Set(
  `root admin administrator test test1 test2 testuser user user1 users guest ubuntu debian centos fedora rocky almalinux opensuse
  ec2-user azureuser vagrant pi oracle postgres postgresql mysql mariadb mongodb redis git gitlab github svn ftp ftpuser ftpadmin
  www www-data apache nginx tomcat web webadmin webmaster nobody support operator manager master backup deploy deployer dev developer
  devops ansible jenkins hadoop spark elastic elasticsearch kafka nagios zabbix minecraft steam csgo teamspeak ts3 vnc rdp student
  demo default sysadmin sysop supervisor service info mail postfix sales office server ssh sshd sftp sftpuser odoo ubnt cisco mikrotik
  solana sol eth bitcoin validator node docker kubernetes k8s uucp daemon bin sys adm lp sync games news proxy list irc gnats`.split(
    /\s+/,
  ),
);

/** Is it a name that attackers try everywhere? */
export function isDefaultName(name: string): boolean {
  return DEFAULTS.has(name.toLowerCase());
}

/** First names stand in every list too: of a name without digit or sign nobody can say that only insiders know it. */
export function looksParticular(name: string): boolean {
  return (
    name.length >= 5 && /[\d._-]/.test(name) && !isDefaultName(name) && !isDefaultName(name.replace(/[\d._-]+$/, ''))
  );
}

/** Words of host names that tell of nobody in particular. */
const GENERAL = new Set(
  `localhost server servers host mail smtp imap www web webserver nginx apache proxy gate gateway router firewall vault shop store
  files file backup storage database mysql postgres redis mongo docker kube node worker master main primary replica stage staging
  prod production test testing devel build jenkins gitlab cloud internal local localdomain example intern corp home lan office
  vpn bastion jump relay monitor logs logging syslog ubuntu debian centos alma rocky virtual instance machine compute
  static dynamic dedicated customer clients reverse droplet hoster hosting hosted hostinger contabo contaboserver amazonaws azure linode
  digitalocean hetzner vultr vultrusercontent scaleway leaseweb ionos strato netcup kimsufi online cloudapp raspberrypi time data mailer
  chat blog media images video forum help desk info site tech company corporate public private network servers admin root user users team
  group apps application portal auth login print printer camera phone`.split(/\s+/),
);

/** Words of the hosts' own names that tell of their owner: "acme" of "web1.acme.example". */
export function ownWords(hosts: readonly string[]): Set<string> {
  const words = hosts.flatMap((host) => host.toLowerCase().split(/[^a-z]+/));
  return new Set(words.filter((word) => word.length >= 4 && !GENERAL.has(word) && !isDefaultName(word)));
}

/** Does a name hold one of these words? */
export function holdsWord(name: string, words: ReadonlySet<string>): boolean {
  const lower = name.toLowerCase();
  for (const word of words) if (lower.includes(word)) return true;
  return false;
}
