import { BROWSERS, FILES, REFERRERS, SEARCHES, SLUGS } from './ordinary-words.ts';

/** An honest request, as a server would log it (no log escapes needed). */
export interface OrdinaryRequest {
  readonly request: string;
  readonly referrer: string;
  readonly userAgent: string;
  readonly status: number;
}

/** Numbers in [0, 1) that a seed fixes (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class Source {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  hex(length: number): string {
    return Array.from({ length }, () => this.below(16).toString(16)).join('');
  }

  base64(length: number): string {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    return Array.from({ length }, () => letters[this.below(64)]).join('');
  }

  date(): string {
    return new Date(
      Date.UTC(2024, this.below(12), 1 + this.below(28), this.below(24), this.below(60), this.below(60)),
    ).toISOString();
  }
}

/** A value as browsers write it in forms, as JavaScript writes it, or as careless programs do. */
function encode(source: Source, text: string): string {
  const kind = source.below(10);
  if (kind < 5) return encodeURIComponent(text).replace(/%20/g, '+');
  if (kind < 9) return encodeURIComponent(text);
  return encodeURI(text).replace(/[&#+]/g, encodeURIComponent); // URL bars leave quotes and brackets alone
}

function search(source: Source): string {
  const words = source.chance(0.25) ? `${source.of(SEARCHES)} ${source.of(SEARCHES)}` : source.of(SEARCHES);
  const name = source.of(['q', 'q', 'query', 'search', 's', 'term', 'keyword', 'text', 'k', 'filter[name]']);
  const more = source.chance(0.5)
    ? `&page=${source.below(50)}&sort=${source.of(['price', '-date', 'name_asc', 'relevance', 'created_at:desc'])}`
    : '';
  return `/${source.of(['search', 'shop/search', 'blog', 'api/v1/search', 'help/find', 'suche', 'catalogsearch/result/', 'autocomplete'])}?${name}=${encode(source, words)}${more}`;
}

function product(source: Source): string {
  const slug = source.of(SLUGS);
  const options = [
    `color=${source.of(['red', 'navy%20blue', 'black+white'])}`,
    `size=${source.of(['38', 'XL', '10.5', '8%22'])}`,
    `qty=${source.below(9)}`,
    `variant=${source.below(1e9)}`,
    `price=${source.below(50)}-${source.below(500)}`,
    `price%5Bgte%5D=${source.below(90)}`,
    `ids=${source.below(99)},${source.below(99)}`,
    `attr[color][]=red`,
  ];
  return `/${source.of(['shop', 'p', 'products', 'de/produkte', 'category/shoes', 'blog/2024/05', 'wiki', 'u'])}/${slug}${source.chance(0.6) ? `?${source.of(options)}&${source.of(options)}` : ''}`;
}

function asset(source: Source): string {
  return `/${source.of(['static', 'assets', 'wp-content/uploads/2024/05', 'wp-includes/js', 'media/cache', 'dist', 'files'])}/${source.of(FILES).replace(/ /g, '%20')}${source.chance(0.4) ? `?v=${source.of([source.hex(8), '1.2.3', `${1.7e9 + source.below(1e7)}`])}` : ''}`;
}

function tracking(source: Source): string {
  const url = `https://shop.example.com/${source.of(SLUGS)}?utm_source=news&utm_medium=e-mail&utm_campaign=${encode(source, 'Spring Sale -50% (DE/AT)')}`;
  const sent = [
    `utm_source=google&utm_medium=cpc&utm_campaign=${encode(source, source.of(SEARCHES))}&utm_term=${encode(source, source.of(SEARCHES))}`,
    `gclid=Cj0KCQ${source.base64(60).replace(/[+/]/g, '_')}`,
    `dl=${encodeURIComponent(url)}&dt=${encode(source, `${source.of(SEARCHES)} | Shop`)}&ul=de-de&sr=1920x1080&vp=1903x937&_gid=${source.below(1e9)}.${source.below(1e9)}`,
    `e=${encodeURIComponent(JSON.stringify({ event: 'click', target: '#buy > span.price', value: '19,90 €', at: source.date() }))}`,
    `fbclid=IwAR${source.base64(50).replace(/[+/]/g, '-')}`,
  ];
  return `/${source.of(['', 'collect', 'pixel.gif', 'beacon', 'matomo.php', 'g/collect', 'landing/spring'])}?${source.of(sent)}`;
}

function api(source: Source): string {
  const filters = [
    { name: { contains: source.of(SEARCHES) } },
    { price: { gte: 10, lt: 50 }, tags: ['a', 'b'] },
    { where: { active: true }, order: [['id', 'DESC']] },
    { bbox: [5.9, 45.8, 10.5, 47.8] },
    { $filter: 'x' },
    { title: source.of(SEARCHES), note: null },
  ];
  const kinds = [
    `filter=${encode(source, JSON.stringify(source.of(filters)))}`,
    `$filter=${encode(source, `Price gt ${source.below(50)} and startswith(Name,'A')`)}&$top=20&$orderby=Name%20desc`,
    `jql=${encode(source, `project = SHOP AND status in (Open, "In Progress") ORDER BY created DESC`)}`,
    `query=${encode(source, '{ viewer { login repositories(first: 10) { nodes { name } } } }')}`,
    `query=${encode(source, 'query Q($id: ID!) { node(id: $id) { id ... on User { name } } }')}&variables=${encode(source, '{"id":"VXNlcjox"}')}`,
    `from=${encode(source, source.date())}&to=${source.date()}`,
    `since=${source.date().slice(0, 10)}&limit=100&offset=${source.below(900)}`,
    `token=eyJhbGciOiJIUzI1NiJ9.${source.base64(80).replace(/[+/]/g, '-')}.${source.base64(43).replace(/[+/]/g, '_')}`,
    `sig=${encodeURIComponent(`${source.base64(43)}=`)}&se=${encode(source, source.date())}&sp=r&sv=2023-11-03`,
    `email=${encode(source, source.of(['me+tag@example.com', "o'brien@example.ie", 'jörg@example.de', '"odd name"@example.org']))}`,
    `fields=id,name,items(price,qty)&include=author,comments.user`,
    `expand=${encode(source, 'items[*].price')}`,
    `version=${encode(source, source.of(['>=1.2.0 <2.0.0', '^1.2.3', '~> 3.1', '[1.0,2.0)']))}`,
    `ids[]=1&ids[]=2&ids%5B%5D=3`,
    `range=${encode(source, 'Sheet1!A1:B$2')}`,
    `expr=${encode(source, 'sum(rate(http_requests_total{job="api"}[5m])) by (code)')}`,
    `query=${encode(source, 'up == 1 and on(instance) node_load1 > 5')}`,
    `path=${encode(source, source.of(['/docs/help.md', 'C:\\Users\\me\\file.txt', 'photos/2024/a b.jpg', '/var/lib/app']))}`,
    `phone=%2B49%2030%20123456`,
    `callback=jQuery${source.below(1e9)}_${source.below(1e9)}&_=${source.below(1e12)}`,
    `cursor=${encodeURIComponent(Buffer.from(JSON.stringify({ id: source.below(1e6), dir: 'next' })).toString('base64'))}`,
  ];
  return `/${source.of(['api/v1/orders', 'api/v2/items', 'graphql', 'odata/Products', 'rest/api/2/search', 'v1/users', 'api/prometheus/query', 'wp-json/wp/v2/posts'])}?${source.of(kinds)}`;
}

function signIn(source: Source): string {
  const back = source.of([
    'https://app.example.com/callback',
    'http://localhost:8080/callback',
    'http://127.0.0.1:53682/',
    'myapp://auth',
    '/account?tab=orders&x=1',
    'https://shop.example.com/checkout?step=2',
  ]);
  return source.of([
    `/oauth2/authorize?response_type=code&client_id=${source.hex(16)}&redirect_uri=${encodeURIComponent(back)}&scope=openid%20profile%20email&state=${source.base64(24).replace(/[+/]/g, '-')}&code_challenge=${source.base64(43).replace(/[+/]/g, '_')}&code_challenge_method=S256`,
    `/oauth/callback?code=4/0A${source.base64(60).replace(/[+/]/g, '-')}&scope=email%20profile%20https://www.googleapis.com/auth/userinfo.email&authuser=0&prompt=consent&state=${encodeURIComponent(source.base64(30))}`,
    `/saml/login?SAMLRequest=${encodeURIComponent(`${source.base64(300)}==`)}&RelayState=${encodeURIComponent('/home?x=1')}`,
    `/login?next=${encodeURIComponent(back)}`,
    `/wp-login.php?redirect_to=${encodeURIComponent('https://blog.example.com/wp-admin/')}&reauth=1`,
    `/account/verify?token=${source.hex(40)}&email=${encodeURIComponent("o'brien@example.ie")}`,
    `/reset?uid=${source.below(1e6)}&t=${source.base64(32).replace(/\+/g, '%2B')}`,
    '/logout',
    '/users/sign_in',
    '/admin/',
    '/admin/login/?next=/admin/',
    '/wp-admin/admin-ajax.php?action=heartbeat',
    '/wp-admin/load-scripts.php?c=0&load%5Bchunk_0%5D=jquery-core,jquery-migrate,utils&ver=6.5',
  ]);
}

function help(source: Source): string {
  const title = source.of(SEARCHES);
  return source.of([
    `/help/article?title=${encode(source, `How to: ${title}`)}`,
    `/forum/viewtopic.php?f=${source.below(90)}&t=${source.below(9e4)}&highlight=${encode(source, title)}`,
    `/share?url=${encodeURIComponent(`https://blog.example.com/?p=${source.below(999)}&s=${title}`)}&text=${encode(source, `“${title}” – great read!`)}`,
    `/calc?expr=${encode(source, source.of(['(a+b)*c', '3 < 5', 'x>=2 && y<=4', 'sqrt(16)', 'max(1, 2)', '10 % 3', '2^10', 'a=b', '1e5/3']))}`,
    `/translate?sl=en&tl=de&text=${encode(source, `Don't; stop (now)! "${title}"`)}`,
    `/comment?body=${encode(source, `Thanks!\r\nBest, Tom\r\nPS: ${title}`)}`,
    `/map?q=${source.below(90)}.${source.below(1e4)},${source.below(90)}.${source.below(1e4)}&z=12&layers=T%7CB`,
    `/address?street=${encode(source, "999, rue d'Arlon")}&city=${encode(source, 'Luxembourg (L)')}`,
    `/names?n=${encode(source, source.of(["D'Angelo", 'Nguyễn Thị', 'Jean-Luc', "N'Golo", 'van der Berg', 'Null', 'True', "O'"]))}`,
    `/style?font=Inter:wght@400;700&display=swap`,
    `/css2?family=Roboto:ital,wght@0,400;1,700&display=swap`,
    `/proxy/image?src=${encodeURIComponent('https://cdn.example.net/a/b.jpg?w=10')}&w=640`,
    `/img?url=%2Fmedia%2Fa.jpg&w=640&q=75`,
    `/dl/${encodeURIComponent('Q1 report (final) & notes.pdf')}`,
    `/thumb/100x100/smart/filters:quality(80):format(webp)/a.jpg`,
    `/maps/@52.52,13.405,12z/data=!3m1!4b1`,
    `/web/20240101000000/https://www.example.com/`,
    `/~user/index.html`,
    `/a;jsessionid=${source.hex(32)}?x=1`,
    `/feed/?s=${encode(source, title)}&feed=rss2`,
  ]);
}

/** Queries in languages of their own, forms with sentences, reports of errors and what libraries ask for. */
function awkward(source: Source): string {
  const who = source.of(['Anna', "O'Neill", "d'Alembert", 'Tom & Co.; Ltd.']);
  return source.of([
    `/arcgis/rest/services/Roads/FeatureServer/0/query?where=1%3D1&outFields=*&f=json`,
    `/odata/People?$filter=${encode(source, `contains(Name,'${who.replace(/'/g, "''")}') and length(Name) gt 4`)}`,
    `/api/v1/query?query=${encode(source, 'count(kube_pod_info) / count(kube_node_info) > 0')}`,
    `/query?db=telegraf&q=${encode(source, 'SELECT mean("usage_idle") FROM "cpu" WHERE time > now() - 1h GROUP BY time(1m) fill(null)')}`,
    `/items?select=${encode(source, 'created_at::date,amount')}&fields=id,count(*)`,
    `/api/items?filter=${encode(source, JSON.stringify({ name: { like: '%milk%' }, age: { $exists: true } }))}`,
    `/xml?filter=${encode(source, '<ogc:Filter xmlns:ogc="http://www.opengis.net/ogc"><ogc:Literal x="1"/><a/></ogc:Filter>')}`,
    `/contact?name=${encode(source, who)}&message=${encode(source, `Hello; I'd like (if possible) ${source.below(9)} of these.\r\nLocation: Berlin\r\n${who}`)}`,
    `/jobs?skills=${encode(source, source.of(['java; python; perl; php', 'node|java|go', 'cat|dog|mouse']))}`,
    `/beacon?stack=${encode(source, 'Error: x\n    at Array.map (<anonymous>)\n    at eval (eval at <anonymous> (a.js:1:1), <anonymous>:1:1)')}`,
    `/crash?trace=${encode(source, 'java.lang.RuntimeException: no activity')}`,
    `/log?message=${encode(source, `Unexpected token '<', "<!DOCTYPE "... is not valid JSON`)}`,
    `/g/collect?en=click&ep.link_url=${encode(source, source.of(['javascript:void(0);', 'javascript:;']))}`,
    `/Telerik.Web.UI.WebResource.axd?_TSM_HiddenField_=a_TSM&compress=1&_TSM_CombinedScripts_=${encode(source, ';;System.Web.Extensions, Version=4.0.0.0')}`,
    `/thumb.php?src=../uploads/${source.below(99)}.jpg&w=100`,
  ]);
}

const KINDS = [
  search,
  search,
  search,
  product,
  product,
  asset,
  asset,
  tracking,
  api,
  api,
  signIn,
  help,
  help,
  awkward,
] as const;

/** Ordinary requests of shops, blogs, APIs and applications; a seed gives the same ones again. */
export function* ordinaryRequests(count: number, seed: number): Generator<OrdinaryRequest> {
  const source = new Source(seed);
  for (let made = 0; made < count; made += 1) {
    const target = source.of(KINDS)(source);
    const method = source.chance(0.9) ? 'GET' : source.of(['POST', 'HEAD', 'PUT', 'OPTIONS', 'PATCH', 'DELETE']);
    yield {
      request: `${method} ${target} HTTP/${source.of(['1.1', '1.1', '2.0', '1.0', '3.0'])}`,
      referrer: source.of(REFERRERS),
      userAgent: source.of(BROWSERS),
      status: source.of([200, 200, 200, 200, 304, 301, 302, 404, 500, 403]),
    };
  }
}
