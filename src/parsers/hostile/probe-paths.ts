import { addTo } from '../../core/grouped.ts';
/** What a part of a path is known for. */
export interface Mark {
  readonly name: string;
  readonly category: string;
  readonly technique: string;
  /** `always`: nobody honest asks for it. `missing`: an attack where it is not there. `login`: a place to log in. */
  readonly grade: 'always' | 'missing' | 'login';
  /** What the whole path must match as well. */
  readonly pattern?: RegExp;
}

const probe = (grade: Mark['grade'], words: string): [string, Mark][] =>
  words
    .trim()
    .split(/\s+/)
    .map((word) => [word, { name: '', category: 'probe', technique: 'T1595.003', grade }]);
const login = (words: string): [string, Mark][] =>
  words
    .trim()
    .split(/\s+/)
    .map((word) => [word, { name: '', category: 'login', technique: 'T1110', grade: 'login' }]);
const exploit = (name: string, part: string, pattern: RegExp): [string, Mark] => [
  part,
  { name, category: 'exploit', technique: 'T1190', grade: 'always', pattern },
];

/** Where it is not there, somebody looked for what is known to be broken. */
const absent = (name: string, part: string, pattern: RegExp): [string, Mark] => [
  part,
  { name, category: 'exploit', technique: 'T1190', grade: 'missing', pattern },
];

// Names of administration tools and applications: honest where they are installed, a search for them where not.
const TOOLS = probe(
  'missing',
  `phpmyadmin phpmyadmin.old myadmin pma pmabd pmd phpma phppma phpmy phpmyadmi adminer adminer.php sqladmin sql-admin mysql-admin mysqladmin mysqlmanager  dbadmin
  dbweb myadmin2 php-my-admin php-myadmin phpmanager phpsqladmin sqlweb  webdb sqlmanager webadmin phppgadmin pgadmin xampp cpanel whm plesk webmin typo3 mysqldumper msd
  phpminiadmin.php sqlbuddy wp-admin wp-login.php xmlrpc.php wp-cron.php    wlwmanifest.xml wordpress administrator joomla drupal magento 
   jmx-console web-console invoker jenkins hudson solr kibana grafana nagios zabbix cacti phpunit owa ecp autodiscover  exchweb  hnap1 boaform goform
  gponform webfig winbox roundcube squirrelmail horde rainloop webmail extmail  v-webmail vwebmail mail_this_entry pmapper cgi-bin cgi-sys  setup.php install.php 
  installer config.php configuration.php phpinfo.php phpinfo info.php test.php i.php pi.php php.php server-status server-info  actuator heapdump  jolokia
    nacos swagger-ui.html  _profiler   _ignition  trace.axd elmah.axd web.config  _all_dbs _cat _search _users  
  dana-na dana-cached global-protect sslvpn  login.cgi login.action  crossdomain.xml clientaccesspolicy.xml  nwa  irj rsacgi cfide coldfusion lucee railo
  radio.php lock360.php wikindex.php fw.php simple.php symlink.php hudson.security axis2 axis2-admin geoserver confluence jira struts struts2 showcase struts2-showcase nexus portainer rancher consul etcd kubelet   admin.php admin.asp
  admin.aspx admin.jsp admin.cgi admin_login admin-console adminpanel fckeditor ckeditor kcfinder ueditor elfinder uploadify
    db_backup sqlbackup  download.php evox  a2billing vtigercrm     wp-config.php wp-config w00tw00t
   muieblackcat tomcat host-manager status-page stalker_portal  clients_live.php  portal_client system_api.php
  telerik.web.ui.webresource.axd _cluster _catalog druid webui telescope logincheck reportserver cf_scripts human.aspx developmentserver systembc ab2g ab2h
  upl.php password.php`,
);

// Nobody asks for these but to break in.
const HOSTILE = probe(
  'always',
  `eval-stdin.php wp-config.php.bak wp-config.php~ wp-config.bak wp-config.txt wp-config.old wp-config.php.save wp-config.php.old wp-config.php.swp wp-config.php.txt id_rsa id_dsa id_ecdsa id_ed25519
  authorized_keys known_hosts credentials.json web.config.bak dump.sql backup.sql database.sql db.sql mysql.sql users.sql backup.zip backup.tar.gz site.sql www.zip wwwroot.zip
  c99.php r57.php b374k.php wso.php wso2.php shell.asp shell.aspx shell.jsp shell4.php alfa.php alfacgiapi alfa_data alfashell.php up.php.suspected webshell.php cmd.jsp cmd.asp cmd.aspx
  cmdshell.php wp-22.php xleet.php mini.php leafmailer.php doc.php7 marijuana.php 1337.php adminfuns.php
  win.ini boot.ini system32 cmd.exe root.exe web-inf meta-inf docker-compose.yml docker-compose.yaml dockerfile
  nmaplowercheck nmapuppercheck nice%20ports%2c trinity.txt.bak sqlmap nikto acunetix-wvs-test-for-some-inexistent-file appscan_fingerprint wvstest w00tw00t.at.isc.sans.dfind: w00tw00t.at.isc.sans.dfind:)
  hnap1 gponform boaform composer.json composer.lock package-lock.json yarn.lock gruntfile.js gulpfile.js npm-debug.log gemfile gemfile.lock procfile rakefile
  localsettings.php database.yml parameters.yml phpunit.xml vagrantfile web.config thumbs.db error_log php_error.log php_errors.log appsettings.json secrets.yml settings.local.php`,
);

const EXPLOITS = [
  exploit('CVE-2017-9841', 'eval-stdin.php', /util\/php\/eval-stdin\.php$|eval-stdin\.php/),
  exploit('CVE-2022-35914', 'htmlawedtest.php', /htmlawed/),
  exploit('CVE-2023-22515', 'setupadministrator.action', /\/setup\//),
  exploit('CVE-2023-22515', 'server-info.action', /./),
  exploit('CVE-2023-22515', 'finishsetup.action', /\/setup\//),
  exploit('CVE-2023-22515', 'setup-restore.action', /./),
  exploit('CVE-2023-22518', 'setup-restore-local.action', /./),
  exploit('CVE-2024-9474', 'createremoteappwebsession.php', /./),
  exploit('CVE-2025-0108', 'ztp_gate.php', /./),
  exploit('CVE-2023-49103', 'getphpinfo.php', /graph|vendor/),
  exploit('CVE-2022-37042', 'mboximport', /./),
  exploit('CVE-2021-3129', 'execute-solution', /_ignition/),
  exploit('CVE-2021-3129', 'health-check', /_ignition/),
  exploit('router command injection', 'setup.cgi', /./),
  exploit('router command injection', 'networkdiag.cgi', /./),
  exploit('router command injection', 'luci', /cgi-bin\/luci\/;|;stok=/),
  exploit('router command injection', 'formlogin', /boaform|goform/),
  exploit('router command injection', 'formping', /boaform|goform/),
  exploit('router command injection', 'shell', /^\/shell$|cgi-bin\/shell/),
  exploit('CVE-2020-25506', 'system_mgr.cgi', /./),
  exploit('CVE-2024-3273', 'nas_sharing.cgi', /./),
  exploit('CVE-2024-10914', 'account_mgr.cgi', /./),
  exploit('CVE-2021-21985', 'updatetoolmanager', /./),
  exploit('CVE-2021-22005', 'hyper', /analytics\/telemetry\/ph\/api\/hyper/),
  exploit('CVE-2021-22005', 'telemetry', /\/analytics\/telemetry\//),
  exploit('CVE-2021-21972', 'uploadova', /./),
  exploit('VMSA-2021-0027', 'provider-logo', /vcav-bootstrap/),
  exploit('CVE-2022-22954', 'deviceudid', /./),
  exploit('CVE-2022-22954', 'error', /catalog-portal\/ui\/oauth/),
  exploit('CVE-2019-11510', 'html5acc', /dana|guacamole/),
  exploit('CVE-2023-46805', 'totp', /api\/v1\/totp\/user-backup-code/),
  exploit('CVE-2025-0282', 'dana-ws', /./),
  exploit('CVE-2018-13379', 'fgt_lang', /remote/),
  exploit('CVE-2022-40684', 'admin', /api\/v2\/cmdb\/system\/admin/),
  exploit('CVE-2020-5902', 'tmui', /\.\.;|workspace|fileread|tmshcmd|directorylist/),
  exploit('CVE-2022-1388', 'bash', /mgmt\/tm\/util/),
  exploit('CVE-2021-22986', 'authn', /mgmt\/shared\/authn/),
  exploit('CVE-2019-19781', 'vpns', /\/vpn\/|\.\./),
  exploit('CVE-2023-4966', 'openid-configuration', /oauth\/idp/),
  exploit('CVE-2023-34362', 'moveitisapi.dll', /./),
  exploit('CVE-2023-34362', 'human2.aspx', /./),
  exploit('CVE-2023-34362', 'guestaccess.aspx', /./),
  exploit('CVE-2023-42793', 'rpc2', /app\/rest\/users\/id/),
  exploit('CVE-2024-27198', 'tokens', /;\.jsp|rest\/users\/id:\d+\/tokens/),
  exploit('CVE-2024-1709', 'setupwizard.aspx', /setupwizard\.aspx\//),
  exploit('CVE-2025-31324', 'metadatauploader', /developmentserver/),
  exploit('CVE-2025-53770', 'spinstall0.aspx', /./),
  exploit('CVE-2021-44077', 'importtechnicians', /./),
  absent('CVE-2025-3248', 'code', /^\/api\/v1\/validate\/code$/),
  absent('CVE-2020-7961', 'invoke', /^\/api\/jsonws\/invoke$/),
  absent('CVE-2021-22123', 'login', /^\/remote\/login$/),
  absent('Yii debugger', 'view', /\/debug\/default\/view$/),
  exploit('CVE-2024-4577', 'php-cgi.exe', /./),
  exploit('CVE-2024-4577', 'php-cgi', /./),
  exploit('CVE-2024-3400', 'hipreport.esp', /./),
  exploit('CVE-2021-26855', 'autodiscover.json', /./),
  exploit('CVE-2021-26855', 'proxylogon.ecp', /./),
  exploit('CVE-2021-26855', 'y.js', /\/ecp\//),
  exploit('CVE-2020-14882', 'console.portal', /%2e|\.\.|\/css\/|\/images\//),
  exploit('CVE-2017-10271', 'coordinatorporttype', /wls-wsat/),
  exploit('CVE-2017-10271', 'wls-wsat', /./),
  exploit('CVE-2019-2725', '_async', /asyncresponseservice/),
  exploit('CVE-2022-26134', 'webwork', /./),
  exploit('CVE-2021-26084', 'createpage-entervariables.action', /./),
  exploit('CVE-2021-44529', 'csaweb', /./),
  exploit('CVE-2022-46169', 'remote_agent.php', /./),
  exploit('CVE-2022-44877', 'login', /login\/index\.php.*\$\(/),
  exploit('CVE-2022-41082', 'powershell', /autodiscover/),
  exploit('CVE-2021-40539', 'restapi', /\/\.\/restapi|\/restapi\/logonca/),
  exploit('CVE-2022-47966', 'samlresponseservlet', /./),
  exploit('CVE-2023-28432', 'verify', /minio\/bootstrap/),
  exploit('CVE-2023-38035', 'mics', /mics\/services/),
  exploit('CVE-2023-35078', 'aad', /mifs\/aad/),
  exploit('CVE-2023-20198', 'webui_wsma_http', /./),
  exploit('CVE-2023-20198', 'logoutconfirm.html', /webui/),
  exploit('CVE-2024-21887', 'license', /api\/v1\/license\/keys-status/),
  exploit('CVE-2018-20062', 'thinkphp', /./),
  exploit('CVE-2021-41277', 'geojson', /api\/geojson/),
  exploit('CVE-2021-43798', 'plugins', /public\/plugins\/[^/]+\/(?:\.\.|%2e)/),
  exploit('CVE-2018-1000861', 'descriptorbyname', /securityrealm|scriptsecurity|checkscript|groovy/),
  exploit('Jenkins script console', 'scripttext', /./),
  exploit('CVE-2015-1427', '_search', /script/),
  exploit('Hadoop YARN', 'new-application', /ws\/v1\/cluster/),
  exploit('Docker API', 'containers', /containers\/(?:create|json)/),
  exploit('Kubernetes API', 'pods', /^\/(?:api\/v1\/|runningpods)/),
  exploit('CVE-2016-10033', 'phpmailer', /\.php$/),
  exploit('WordPress plugin', 'timthumb.php', /./),
  exploit('WordPress plugin', 'connector.minimal.php', /./),
  exploit('WordPress plugin', 'admin-ajax.php', /\/(?:\.\.|%2e)/),
  exploit('upload handler', 'uploadify.php', /./),
  exploit('upload handler', 'jquery-file-upload', /server\/php/),
  exploit('CVE-2020-11738', 'duplicator', /installer/),
  exploit('ColdFusion', 'cfide', /administrator|adminapi|componentutils|wizards/),
  exploit('CVE-2023-26360', 'iedit.cfc', /./),
  exploit('SharePoint', 'toolpane.aspx', /./),
  exploit('CVE-2019-16759', 'routestring', /./),
  exploit('CVE-2023-1389', 'locale', /stok=\/locale|;stok=/),
  exploit('CVE-2014-6271', 'test-cgi', /./),
  exploit('CVE-2021-35394', 'ubus', /./),
  exploit('CVE-2018-10561', 'diag_form', /./),
  exploit('CVE-2018-10562', 'gponform', /./),
  exploit('CVE-2021-20090', 'apply_abstract.cgi', /./),
  exploit('CVE-2016-20017', 'login.cgi', /./),
  exploit('CVE-2017-17215', 'deviceupgrade_1', /./),
  exploit('CVE-2014-8361', 'wanipcn.xml', /./),
  exploit('CVE-2014-8361', 'picsdesc.xml', /./),
  exploit('camera', 'onvif', /snapshot|device_service/),
  exploit('camera', 'isapi', /\/sdk\/weblanguage|isapi\/security/),
  exploit('CVE-2021-36260', 'weblanguage', /\/sdk/),
  exploit('DVR', 'device.rsp', /./),
  exploit('camera', 'currentsetting.htm', /./),
  exploit('CVE-2023-50164', 'upload.action', /\.\./),
];

const SCRIPT = {
  category: 'probe',
  technique: 'T1595.003',
  grade: 'missing',
  pattern: /\.(?:php\d?|phtml|suspected)(?:\/|$)/,
} as const;

/** Applications that take logins at their front script, where all else is done as well: the query tells (`isLetIn`). */
const FORMS: readonly [string, Mark][] = [
  ['index.php', /\/(?:(?:php-?my-?admin|pma|myadmin|phppgadmin)[\w.-]{0,20}|administrator|zabbix|cacti)\/index\.php$/],
  ['adminer.php', /\/adminer\.php$/],
].map(([part, pattern]) => [
  part as string,
  { name: '', category: 'login', technique: 'T1110', grade: 'login', pattern: pattern as RegExp },
]);

function table(): ReadonlyMap<string, readonly Mark[]> {
  const map = new Map<string, Mark[]>();
  const all: [string, Mark][] = [
    ...EXPLOITS,
    ...HOSTILE,
    ...login(`wp-login.php login signin sign-in log-in login.php login.html login.json login.aspx login.do sessions session auth authenticate xmlrpc.php token oauth logon.aspx
      j_security_check j_spring_security_check user_login admin_login signin.php auth.php sign_in logon logon.asp login.asp login.jsp login.cfm
      login_check logincheck checklogin.php dologin do_login session_login.cgi auth.owa`),
    ...FORMS,
    ...TOOLS,
  ];
  all.push(
    ['wp-content', { ...SCRIPT, name: 'WordPress plugin probe' }],
    ['wp-includes', { ...SCRIPT, name: 'WordPress probe' }],
    [
      'sap',
      {
        name: 'SAP probe',
        category: 'probe',
        technique: 'T1595.003',
        grade: 'missing',
        pattern: /^\/sap\/(?:bc|public|admin|hana|opu|wdisp)/,
      },
    ],
    ['scripts', { ...SCRIPT, name: 'setup script probe', pattern: /scripts\/(?:setup|root|\.\.)/ }],
  );
  for (const [part, mark] of all) addTo(map, part, mark);
  return map;
}

/** Marks by a part of a path in lower case, the ones that count more first. */
export const EXACT = table();

/** Marks that hold for many names. */
export const PATTERNS: readonly Mark[] = [
  {
    name: 'web shell',
    category: 'probe',
    technique: 'T1505.003',
    grade: 'always',
    pattern:
      /^(?:c99|r57|b374k|wso\d?|alfa\w{0,10}|(?:web|cmd|php)?shell\d{0,3}|cmd\d?|backdoor|mini-?shell|indoxploit|weevely|antak)\.(?:php\d?|phtml|aspx?|jspx?|cgi|pl)$/,
  },
  { name: 'CVE-2024-27198', category: 'exploit', technique: 'T1190', grade: 'always', pattern: /;\.jsp$/ },
  {
    name: 'numbered script',
    category: 'probe',
    technique: 'T1595.003',
    grade: 'missing',
    pattern: /^\d{1,3}\.(?:php|aspx?|jsp)$/,
  },
  {
    name: 'database tool',
    category: 'probe',
    technique: 'T1595.003',
    grade: 'missing',
    pattern: /^(?:php-?my-?admin|pma|mysql-?admin|myadmin|sqladmin|phppma|dbadmin|adminer)[\w.-]{0,20}$/,
  },
];

/** Places where a host of code shows files by their names. */
export const CODE_HOST = /\/(?:raw|blob|tree|blame|plain|browse|commits?|releases|attachments|artifacts)\//;

/** Files that editors, archivers and administrators leave in a web root. */
export const EXTENSIONS =
  /(?:\.(?:bak|bkp|old|orig|save|sav|swp|swo|swn|sql|sql\.(?:gz|zip|bz2|tar)|sqlite3?|db3?|rdb|mdb|accdb|dbf|mdf|ldf|config|conf|cfg|ini|inc|backup|copy|temp|pem|pfx|p12|jks|ppk|kdbx|htaccess|htpasswd|asa|asax|ascx|bat|cmd|cdx|cnf|cs|csproj|log|tmp|dist|pass|inf|vb|vbproj|resx|resources|licx|webinfo|vsdisco|sys|reg|rsa|ost|dos|lnk|htr|htw|ida|idc|idq|printer|pol|pwd|shtm|stm|xsx|key|ds_store|tfstate)|(?:php\d?|aspx?|jsp|html?|py|rb|cgi|pl)[~.](?:bak|old|save|swp|txt|orig|\d)?|~)$/;
