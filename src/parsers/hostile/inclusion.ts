import { NO_SEARCH, UNSEARCHED } from './boxes.ts';
import { BRACKET, COLON, DOT, family, type Rule, re, SLASH, STAR, WORD } from './rule.ts';

// Remote file inclusion and server-side request forgery: URLs where they have no business, above all of inner hosts.

const SCHEME = '(?:https?|ftps?|ws|wss)';
const CLOUD = String.raw`(?:169\.254\.169\.254|169\.254\.170\.2|192\.0\.0\.192|100\.100\.100\.200|168\.63\.129\.16|metadata\.google\.internal|metadata\.packet\.net|metadata\.azure\.internal|metadata\.tencentyun\.com|instance-data|\[fd00:ec2::254\]|rancher-metadata|alibaba\.zaius)`;
const CLOUD_PATHS = String.raw`(?:latest\/(?:user-?data|meta-?data|dynamic|api|instance)|computemetadata|metadata\/|openstack|opc\/|hetzner|v1\/|userdata|1\.0\/|2009-04-04|v2\/|private_networks)`;
const INNER = String.raw`(?:localhost|localhost4|localhost6|ip6-localhost|ip6-loopback|ipv6-localhost|ipv6-loopback|(?:localhost\d?|localdomain)\.localdomain\d?|localtest\.me|lvh\.me|vcap\.me|(?:host|gateway|kubernetes)\.docker\.internal|host\.containers\.internal|kubernetes(?:\.default(?:\.svc(?:\.cluster\.local)?)?)?|[\w.-]{1,60}\.(?:nip|xip|sslip)\.io|spoofed\.burpcollaborator\.net)`;
const NUMERIC = String.raw`(?:0x[0-9a-f]{2,8}|\d{8,10}|0[0-7]{9,12}|0\d{1,3}(?:\.0?\d{1,3}){1,3}|127\.\d{1,3}(?:\.\d{1,3}){0,2}|0\.0\.0\.0|0|127\.1|\[(?:::|::1|::ffff:[\da-f:.]{1,40}|0{1,4}(?::0{1,4}){4,6}:[\da-f:.]{1,20})\]|10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|169\.254(?:\.\d{1,3}){2})`;
// RFC 8252 §7.3: native applications take the OAuth answer on a loopback address. People's return addresses are not fetched.
const RETURN = String.raw`\uE001(?<!(?:redirect_?ur[il]|redirect|return_?to|return_?url|callback(?:_?url)?|next|continue|post_logout_redirect_uri|origin|ref|referr?er|returnurl|goto|target_?link_uri|audience|resource|issuer|service|u|dl)\uE001)`;
/** The same, and what people search for: "http://192.168.1.1". */
const LOOKED_FOR = `${RETURN}${UNSEARCHED}`;
/** Ways to write an address that nobody types. */
const ODD = String.raw`(?:0x[0-9a-f]{2,8}|\d{8,10}|0[0-7]{9,12}|0\d{1,3}(?:\.0?\d{1,3}){1,3}|\[[\da-f:.]{2,40}\])`;

export const ssrf: readonly Rule[] = family('ssrf', 'T1190', [
  ['cloud metadata', DOT | COLON, re(String.raw`\uE001[^\uE000]{0,200}\/\/${CLOUD}(?::\d{1,5})?\/${CLOUD_PATHS}`)],
  [
    'inner name',
    COLON,
    re(
      String.raw`${LOOKED_FOR}(?:${SCHEME}|gopher|dict|tcp|url):\/{0,4}(?:[^/@\uE000]{0,80}@)?${INNER}\.?(?:[:/?#]|\uE000|$)`,
    ),
  ],
  ['inner name without a scheme', SLASH, re(String.raw`${LOOKED_FOR}(?:\/\/)?${INNER}(?::\d{1,5})?\/`)],
  [
    'inner address',
    COLON,
    re(
      String.raw`(?:${LOOKED_FOR}|${RETURN}(?=[a-z:]{2,10}\/{2}${ODD}(?:[:/?#]|\uE000|$)))(?:url:)?${SCHEME}:\/{0,4}(?:[^/@\uE000]{0,80}@)?${NUMERIC}\.?(?:[:/?#]|\uE000|$)`,
    ),
  ],
  [
    'scheme for other protocols',
    COLON,
    re(
      String.raw`(?:(?:\uE001|[\s='"(,])(?:gopher|dict|tftp|rmi|iiop|dns|netdoc)|(?:${NO_SEARCH}|[\s='"(,])(?:ldaps?|sftp|smb|imap|pop3|smtp|telnet|ircs?|rtsp|svn|jdbc:[a-z]{2,12})):\/\/\S`,
    ),
  ],
  [
    'call-back host',
    DOT,
    /(?:[/.@]|\uE001)(?:[\w-]{1,63}\.){0,4}(?:burpcollaborator\.net|oastify\.com|oast\.(?:pro|live|site|online|fun|me)|interact\.sh|interactsh\.com|dnslog\.(?:cn|link)|ceye\.io|bxss\.(?:me|in)|xss\.ht|canarytokens\.com|requestbin\.net|pingb\.in|eyes\.sh|r87\.(?:me|com)|evil\.com|vulnweb\.com)\b/,
  ],
]);

export const rfi: readonly Rule[] = family('rfi', 'T1190', [
  [
    'URL with an address for a host',
    COLON | SLASH,
    re(
      String.raw`${LOOKED_FOR}(?:${SCHEME}|file):\/\/(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[\da-f]{1,4}:[\da-f:]{2,38}\]?)(?:[:/?#]|\uE000|$)`,
    ),
  ],
  [
    'URL cut short by a question mark',
    STAR,
    /\uE001(?:https?|ftps?|file)(?:\?|:\/\/[^\uE000?]{1,2000}\?{1,3})(?:\uE000|$)/,
  ],
  [
    'URL for an include',
    COLON,
    /(?:include|include_once|include_path|inc|incl|path\[docroot\]|docroot|document_root\]?|basedir|base_?path|abs_?path|absolute_path|config\[root_dir\]|root_?(?:path|dir)|mosconfig_absolute_path|gallery_basedir|appserv_root|page|file|template|tpl|module|body|layout|conf|plugin|theme_path|skin)\uE001(?:https?|ftps?|php|data|ogg|zlib):\/?\/?[^\uE000]{0,2000}(?:\.(?:txt|gif|jpe?g|png|dat|php\d?|inc|log|htm|ico|bmp)\?{0,3}|\?{1,3})(?:\uE000|$)/,
  ],
  [
    'program to fetch',
    COLON,
    /\uE001[^\uE000]{0,200}(?:https?|ftp):\/\/[^\s\uE000]{3,300}\/(?:r57|c99|c100|shell|cmd|webshell|backdoor|b374k|wso|alfa|mini|x|xmrig|mozi|bins?)[\w.-]{0,20}\.(?:txt|php|sh|gif|jpg|pl|exe|m|a|elf|mips|arm\d?)\b/,
  ],
  ['text as data', COLON, /\uE001data:(?!\/\/)(?:text\/plain|text\/html|application\/x-(?:httpd-)?php|,|;base64)/],
  ['unix socket of a proxy', COLON, /unix:[a-z0-9/|a]{6}/],
  ['file in a path', COLON * 0 + WORD, /\/(?:file|php|data|gopher|dict|expect):\/{1,3}\w(?<=^[^\uE000]{0,300})/],
  ['list of hosts', BRACKET, /\[(?:https?|ftp):\/\/\d{1,3}(?:\.\d{1,3}){3}/],
]);
