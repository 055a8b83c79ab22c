/** What attackers hope to find behind a path. */
interface Target {
  readonly name: string;
  readonly pattern: RegExp;
}

/** The first that holds is told. Paths as they were asked for, without their query. */
const TARGETS: readonly Target[] = [
  {
    name: 'secrets in files (.env)',
    pattern:
      /\/\.env(?:[.\w-]{0,20})?$|\/(?:\.aws|\.ssh|\.docker|\.kube)\/|credentials|\/\.(?:npmrc|netrc|htpasswd|my\.cnf|pgpass)$|id_(?:rsa|ed25519|ecdsa|dsa)$/i,
  },
  { name: 'source code (.git)', pattern: /\/\.(?:git|svn|hg|bzr)(?:\/|$)/i },
  {
    name: 'web shells of others',
    pattern:
      /\/(?:c99|r57|b374k|wso\d?|alfa\w{0,10}|shell\d{0,3}|cmd\d?|up|xleet|fw|mini|lock360|radio)\.(?:php\d?|phtml|aspx?|jspx?)$/i,
  },
  { name: 'WordPress', pattern: /\/(?:wp-[\w-]{1,30}|xmlrpc\.php|wlwmanifest\.xml|wordpress)(?:[./]|$)/i },
  {
    name: 'database tools (phpMyAdmin)',
    pattern: /\/(?:php-?my-?admin|pma|myadmin|mysql-?admin|phppgadmin|pgadmin|adminer|sqladmin|dbadmin|sqlbuddy)/i,
  },
  {
    name: 'backups and database dumps',
    pattern: /\.(?:sql|bak|old|dump|tar|tgz|gz|zip|7z|rar|sqlite3?|mdb)(?:\.\w{1,4})?$/i,
  },
  {
    name: 'routers, cameras and other devices',
    pattern:
      /\/(?:boaform|goform|gponform|hnap1|cgi-bin\/luci|setup\.cgi|device\.rsp|onvif|isapi|currentsetting\.htm|wanipcn\.xml|picsdesc\.xml|ubus|sdk)(?:[./]|$)/i,
  },
  {
    name: 'VPN gateways and firewalls',
    pattern:
      /\/(?:dana-na|dana-cached|remote\/(?:fgt_lang|login)|sslvpn|global-protect|vpns?\/|tmui|mgmt\/(?:tm|shared)|\+cscoe\+|webui_wsma)/i,
  },
  {
    name: 'mail servers',
    pattern: /\/(?:owa|ecp|autodiscover|roundcube|squirrelmail|webmail|horde|zimbra|rainloop)(?:[./]|$)/i,
  },
  {
    name: 'PHP frameworks',
    pattern: /phpunit|eval-stdin|_ignition|\/vendor\/|thinkphp|laravel|_profiler|phpinfo|\/(?:info|i|pi|test)\.php$/i,
  },
  {
    name: 'Java applications',
    pattern:
      /\/(?:manager\/html|host-manager|struts|jolokia|actuator|solr|jmx-console|invoker|web-console|heapdump|wls-wsat|_async|axis2|nacos|console\.portal|hudson|jenkins)/i,
  },
  {
    name: 'container and cluster interfaces',
    pattern: /\/(?:containers\/(?:create|json)|v1\.\d+\/containers|api\/v1\/pods|_cat\/|_search|ws\/v1\/cluster)/i,
  },
  {
    name: 'administration pages',
    pattern: /\/(?:admin(?:istrator)?|login|signin|webmin|cpanel|plesk|portainer|grafana|kibana)(?:[./_-]|$)/i,
  },
];

/** What a path is asked for; '' for one of the site's own, and any other. */
export function targetOf(path: string): string {
  return TARGETS.find(({ pattern }) => pattern.test(path))?.name ?? '';
}
