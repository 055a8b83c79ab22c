import { CERTIFICATE_SCRIPT } from './certificate-script.ts';

/** What a host is told. All of it is letters, digits, dots, colons and hyphens, but for the PEM. */
export interface ScriptValues {
  readonly host: string;
  readonly token: string;
  /** The authority's certificate. */
  readonly authority: string;
  /** The one name that the server's certificate is asked for. */
  readonly server: string;
  /** Where the host reaches the server: a name or an address; and the ports for certificates and for records. */
  readonly address: string;
  readonly enrollPort: number;
  readonly recordsPort: number;
  readonly expires: string;
}

const SAFE = /^[A-Za-z0-9_.:-]+$/;

/**
 * The script that an administrator pastes on a host, or runs there: `sh spoor-web-1.sh`. With a folder as its argument it writes below that
 * folder and starts nothing. It says what it does; nothing in it is fetched and run.
 */
export function enrollScript(values: ScriptValues): string {
  const { authority, expires, address, ...rest } = values;
  const inUrl = address.includes(':') ? `[${address}]` : address;
  const words: Record<string, string> = {
    HOST: rest.host,
    TOKEN: rest.token,
    SERVER: rest.server,
    ADDRESS: inUrl,
    TARGET: address,
    PORT: String(rest.enrollPort),
    RECORDS_PORT: String(rest.recordsPort),
    EXPIRES: expires,
  };
  for (const [name, value] of Object.entries({ ...words, ADDRESS: address }))
    if (!SAFE.test(value)) throw new RangeError(`${name} cannot stand in a script`);
  const put = (text: string) => text.replace(/@([A-Z_]+)@/g, (all, name: string) => words[name] ?? all);
  return put(SCRIPT.replace('@CERTIFICATE_SCRIPT@', () => CERTIFICATE_SCRIPT)).replace('@AUTHORITY@', () =>
    authority.trim(),
  );
}

const SCRIPT = String.raw`#!/bin/sh
# spoor enroll @HOST@: makes this host send its logs to Spoor. To be run as root on @HOST@, once, before @EXPIRES@.
# What it does:
#   1. looks whether openssl, rsyslog and its RELP module are here
#   2. writes /etc/rsyslog.d/spoor/: ca.pem (by which the server is known), certificate.sh
#   3. makes a private key there and has it certified at @ADDRESS@ port @PORT@, with a token that holds once: host.pem
#   4. writes /etc/rsyslog.d/60-spoor.conf: everything goes to @TARGET@ port @RECORDS_PORT@, by RELP over TLS, and waits on disk while
#      the server is away (at most 1 GB)
#   5. has certificate.sh run every day (systemd timer, else cron.daily): it renews the certificate, which holds for 30 days
#   6. restarts rsyslog
# It contains a secret (the token): remove it after use.
set -eu
umask 022

say() { printf 'spoor: %s\n' "$*"; }
fail() {
  printf 'spoor: %s\n' "$*" >&2
  exit 1
}

main() {
  root=
  [ $# -eq 0 ] || root=$1
  case $root in *[!A-Za-z0-9/._-]*) fail 'the folder has characters that rsyslog could misread' ;; esac
  [ -n "$root" ] || [ "$(id -u)" = 0 ] || fail 'run it as root'
  PATH=$PATH:/usr/sbin:/sbin
  export PATH
  look
  folders
  certify
  configure
  renewing
  begin
}

look() {
  command -v openssl >/dev/null || fail 'openssl is missing: apt-get install openssl, or dnf install openssl'
  command -v rsyslogd >/dev/null ||
    fail 'rsyslog is missing: apt-get install rsyslog rsyslog-relp, or dnf install rsyslog rsyslog-relp'
  probe=$(mktemp)
  printf 'module(load="omrelp")\naction(type="omrelp" target="127.0.0.1" port="9" tls="on")\n' > "$probe"
  said=$(rsyslogd -N1 -f "$probe" 2>&1) || said="could not load: $said"
  rm -f "$probe"
  case $said in
    *'could not load'* | *'not supported'* | *'without TLS'*)
      fail "rsyslog cannot send by RELP over TLS: apt-get install rsyslog-relp, or dnf install rsyslog-relp. It says: $said" ;;
  esac
}

folders() {
  folder=$root/etc/rsyslog.d/spoor
  group=root
  if [ -z "$root" ]; then # where rsyslog gives up root, its group must be able to read the key
    named=$(sed -n 's/^[[:space:]]*\$PrivDropToGroup[[:space:]]\{1,\}//p; s/.*privdrop\.group\.name="\([^"]*\)".*/\1/p' /etc/rsyslog.conf | head -n 1)
    [ -z "$named" ] || group=$named
  fi
  mkdir -p "$folder"
  [ -n "$root" ] || chgrp "$group" "$folder"
  chmod 2750 "$folder"
  spool=$root/var/spool/rsyslog
  [ -d "$spool" ] || [ ! -d "$root/var/lib/rsyslog" ] || spool=$root/var/lib/rsyslog
  if [ ! -d "$spool" ]; then
    mkdir -p "$spool"
    chmod 2770 "$spool"
    [ -n "$root" ] || chgrp "$group" "$spool"
  fi
}

certify() {
  say "writing $folder/ca.pem and $folder/certificate.sh"
  cat > "$folder/ca.pem" <<'SPOOR_PEM'
@AUTHORITY@
SPOOR_PEM
  restart=yes
  [ -z "$root" ] || restart=no
  sed -e "s|@FOLDER@|$folder|" -e "s|@RESTART@|$restart|" > "$folder/certificate.sh" <<'SPOOR_CERTIFICATE'
@CERTIFICATE_SCRIPT@SPOOR_CERTIFICATE
  chmod 644 "$folder/ca.pem"
  chmod 755 "$folder/certificate.sh"
  say 'making a key, and having it certified at @ADDRESS@ port @PORT@'
  SPOOR_TOKEN='@TOKEN@' sh "$folder/certificate.sh"
}

configure() {
  conf=$root/etc/rsyslog.d/60-spoor.conf
  say "writing $conf"
  load='module(load="omrelp")'
  if [ -z "$root" ] && grep -qs '^[[:space:]]*\(module(load="omrelp"\|\$ModLoad omrelp\)' /etc/rsyslog.conf $(ls /etc/rsyslog.d/*.conf 2>/dev/null | grep -v '/60-spoor\.conf$'); then
    load='# omrelp is loaded elsewhere'
  fi
  {
    printf '# Made by spoor enroll @HOST@. Everything goes to Spoor, and waits on disk while it is away; this host is never held up by it.\n'
    printf '%s\n' "$load"
    sed -e "s|@FOLDER@|$folder|g" -e "s|@SPOOL@|$spool|g" <<'SPOOR_CONF'
*.* action(
  type="omrelp" target="@TARGET@" port="@RECORDS_PORT@" template="RSYSLOG_SyslogProtocol23Format"
  tls="on" tls.caCert="@FOLDER@/ca.pem" tls.myCert="@FOLDER@/host.pem" tls.myPrivKey="@FOLDER@/host.pem"
  tls.authMode="name" tls.permittedPeer=["@SERVER@"]
  action.resumeRetryCount="-1" action.resumeInterval="10" conn.timeout="10" timeout="90"
  queue.type="LinkedList" queue.size="50000" queue.filename="spoor" queue.spoolDirectory="@SPOOL@"
  queue.maxDiskSpace="1g" queue.saveOnShutdown="on" queue.timeoutEnqueue="20"
)
SPOOR_CONF
  } > "$conf.new"
  said=$(rsyslogd -N1 -f "$conf.new" 2>&1) || fail "rsyslog does not understand $conf.new, so it is not used: $said"
  mv "$conf.new" "$conf"
}

renewing() {
  if [ ! -d "$root/run/systemd/system" ]; then
    say "writing $root/etc/cron.daily/spoor-certificate"
    mkdir -p "$root/etc/cron.daily"
    printf '#!/bin/sh\nexec sh %s/certificate.sh\n' "$folder" > "$root/etc/cron.daily/spoor-certificate"
    chmod 755 "$root/etc/cron.daily/spoor-certificate"
    return
  fi
  units=$root/etc/systemd/system
  say "writing $units/spoor-certificate.service and .timer"
  mkdir -p "$units"
  cat > "$units/spoor-certificate.service" <<SPOOR_UNIT
[Unit]
Description=Renews the certificate with which this host sends its logs to Spoor
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/bin/sh $folder/certificate.sh
SPOOR_UNIT
  cat > "$units/spoor-certificate.timer" <<'SPOOR_UNIT'
[Unit]
Description=Renews the certificate with which this host sends its logs to Spoor, every day

[Timer]
OnCalendar=daily
RandomizedDelaySec=12h
Persistent=true

[Install]
WantedBy=timers.target
SPOOR_UNIT
}

begin() {
  if [ -n "$root" ]; then
    say "done below $root: nothing is started"
    return
  fi
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl enable --now spoor-certificate.timer
    systemctl restart rsyslog.service
  elif ! service rsyslog restart; then
    fail 'all is in place, but rsyslog could not be started again (no systemd, and no service of that name): start it, and lines flow'
  fi
  if command -v getenforce >/dev/null && [ "$(getenforce)" = Enforcing ]; then
    say 'SELinux is on: if nothing arrives, allow the port: semanage port -a -t syslog_tls_port_t -p tcp @RECORDS_PORT@'
  fi
  logger -t spoor 'this host is enrolled' || true
  say 'done: spoor sources, on the server, shows @HOST@ in a moment'
}

main "$@" </dev/null
`;
