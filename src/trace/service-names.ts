/** Accounts that serve, and at whose keyboard nobody sits. */
export const SERVICE_ACCOUNTS: ReadonlySet<string> = new Set(
  'www-data apache apache2 nginx httpd lighttpd wwwrun http nobody daemon mysql redis tomcat jenkins elasticsearch mongodb'.split(
    ' ',
  ),
);

/** Of the accounts that systems come with, those that hold files or a process: no job and no person logs in to them. */
export const NEVER_ENTERED: ReadonlySet<string> = new Set(
  'bin daemon games lp nobody redis sshd sys uucp messagebus systemd-network systemd-resolve systemd-timesync ntp chrony dbus polkitd tcpdump avahi _apt'.split(
    ' ',
  ),
);
