// What people and honest programs send: the words of ordinary-requests.ts. Awkward on purpose: quotes, brackets, SQL's and
// the shell's words, code, markup and paths as they turn up in searches and parameters. Items are parted by a broken bar.

function list(text: string): readonly string[] {
  return text.trim().split(/ ¦ |\n/);
}

/** What people type into a search. */
export const SEARCHES: readonly string[] = list(String.raw`
select union station ¦ o'brien ¦ o'neill shoes men's ¦ drop leaf table ¦ drop table saw ¦ rock & roll
rock 'n' roll ¦ i <3 you ¦ union square hotel or airbnb ¦ where to sleep in rome ¦ insert coin to continue
delete my account ¦ update my browser ¦ create table plan excel ¦ having fun with group by ¦ order by phone
select from our range ¦ having pain! ¦ union jack flag 5x3 ¦ time warner ¦ find my phone ¦ cat food ¦ kill bill
who is who ¦ man utd vs city ¦ top 10 head torches ¦ sort by price ¦ make money ¦ less is more ¦ more or less
curl up and dye ¦ wget windows ¦ python tutorial ¦ bash for loop ¦ perl regex ¦ what is cmd
powershell get date ¦ id card holder ¦ sleep tracker ¦ echo dot ¦ history of rome ¦ nice dress ¦ host a party
date & time ¦ cut & paste ¦ a < b and b > c ¦ x^2 + y^2 = z^2 ¦ 2+2=4 ¦ sin(x)/x ¦ f(x) = x*2 ¦ (1+2)*3 ¦ 5 > 3
100% cotton ¦ 50% off ¦ 10-15 kg ¦ size 38/40 ¦ 6'2" height ¦ 27" monitor ¦ 1/2" pipe ¦ 3.5mm jack (m/f)
c++ vector<int> ¦ List<String> to array ¦ how to use <div> tags ¦ what does => mean ¦ a && b ¦ if (a == b)
for (i = 0; i < 10; i++) ¦ console.log("hello") ¦ print("hello world") ¦ array[0] ¦ regex [a-z]+
std::string to int ¦ null pointer exception ¦ java.lang.NullPointerException
TypeError: undefined is not a function ¦ document.getElementById ¦ jquery $(this).val() ¦ $scope in angular
git rebase -i ¦ npm install --save-dev ¦ error: permission denied ¦ how to exit vim ¦ chmod explained
ssh config ¦ docker compose up ¦ sql join vs union ¦ sql injection prevention ¦ xss explained
what is a union select ¦ C:\Users\me\Documents ¦ C:\Program Files\App ¦ \\server\share ¦ /usr/local/share
~/Library/Preferences ¦ file.txt ¦ index.php ¦ report (final).pdf ¦ version 1.2.3 ¦ >=1.0 <2.0 ¦ ^1.2.3 ¦ ~1.2.3
AT&T ¦ M&Ms ¦ H&M jeans ¦ Marks & Spencer's ¦ Ben & Jerry's; ice cream ¦ salt & pepper ¦ Q&A ¦ R&D ¦ black|white
foo; bar ¦ yes/no ¦ #1 dad mug ¦ @work ¦ me@example.com ¦ $5 - $10 ¦ €20 ¦ ¥1000 ¦ £5 ¦ Müller ¦ São Paulo
naïve café ¦ Łódź ¦ Αθήνα ¦ Москва ¦ 東京 ラーメン ¦ 北京 ¦ 서울 ¦ العربية ¦ עברית ¦ ไทย ¦ 😀 emoji ¦ “curly quotes”
«guillemets» ¦ l'été ¦ d'Artagnan ¦ qu'est-ce que c'est ¦ it's 5 o'clock ¦ and or not ¦ this or that ¦ either/or
to be or not to be ¦ x or y = z ¦ null ¦ undefined ¦ true ¦ NaN ¦ admin ¦ root vegetables ¦ password manager
shadow ¦ etc ¦ passwd ¦ system of a down ¦ exec summary ¦ base64 decode online ¦ eval meaning
script for a play ¦ alert (1990 film) ¦ javascript: the good parts ¦ onclick event ¦ iframe example
object oriented ¦ embed youtube video ¦ form builder ¦ meta tags ¦ who won 1=1 ¦ benchmark gpu ¦ wait for it
char siu ¦ concat strings ¦ like a rolling stone ¦ between us ¦ case when ¦ if not now when ¦ limit 5 ¦ distinct
truncate text css ¦ alter ego ¦ grant money ¦ "exact phrase" ¦ "foo" and "bar" ¦ "foo" or "bar"
"new york" -city ¦ intitle:"index" ¦ site:example.com ¦ (red or blue) and shirt ¦ title:foo AND body:bar
wild*card ¦ what? ¦ really?! ¦ wow!!! ¦ ... ¦ hmm... ¦ localhost ¦ 127.0.0.1 ¦ 192.168.1.1 login ¦ ::1
http://example.com/ ¦ https://www.example.org/a?b=c&d=e ¦ www.example.net ¦ ftp server ¦ data:image
mailto:me@example.com ¦ tel:+15550100 ¦ xml &amp; json ¦ &lt;b&gt; ¦ tips; tricks ¦ one, two; three
Tools | PHP ¦ Home | Shop ¦ a -- b ¦ pre--post ¦ -- signature ¦ C# ¦ F# minor ¦ a/b testing ¦ 24/7 ¦ w/ lid
n/a ¦ (c) 2024 ¦ [solved] issue ¦ {placeholder} ¦ %s ¦ %d items ¦ \o/`);

/** User agents of browsers, applications and honest robots. */
export const BROWSERS: readonly string[] = list(`
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1
Mozilla/5.0 (Linux; Android 14; Pixel 8 Pro) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.71 Mobile Safari/537.36
Mozilla/5.0 (Linux; U; Android 9; id-ID; SM-J610F Build/PPR1.180610.011) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 UCBrowser/13.4 Mobile Safari/537.36
Mozilla/5.0 (X11; U; Linux i686; id; rv:1.9.0.1) Gecko/2008072820 Firefox/3.0.1
Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0; .NET4.0E; .NET4.0C; InfoPath.3)
Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0; GTB7.4; .NET CLR 2.0.50727; MS-RTC LM 8)
Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/20G75 [FBAN/FBIOS;FBAV/470.1.0.39.104;FBBV/612;FBDV/iPhone14,2;FBMD/iPhone;FBSN/iOS;FBLC/de_DE;FBOP/5]
Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36
Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)
Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)
facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php) ¦ Twitterbot/1.0
Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots) ¦ curl/8.5.0 ¦ Wget/1.21.4 ¦ python-requests/2.32.3
Go-http-client/1.1 ¦ okhttp/4.12.0 ¦ Java/17.0.11 ¦ Apache-HttpClient/4.5.14 (Java/11.0.22) ¦ axios/1.7.2
node-fetch/1.0 (+https://github.com/bitinn/node-fetch) ¦ PostmanRuntime/7.39.0 ¦ Dart/3.4 (dart:io)
GitHub-Hookshot/4a1b2c3 ¦ Stripe/1.0 (+https://stripe.com/docs/webhooks) ¦ ELB-HealthChecker/2.0
kube-probe/1.29 ¦ Prometheus/2.52.0 ¦ UptimeRobot/2.0 (http://www.uptimerobot.com/) ¦ Monit/5.33.0
Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers; )
Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17628; Pro) ¦ iOS/17.5 (21F79) dataaccessd/1.0
MyShop/3.2.1 (com.example.shop; build:412; iOS 17.5.1) Alamofire/5.9.1
Mozilla/5.0 (PlayStation; PlayStation 5/8.60) AppleWebKit/605.1.15 (KHTML, like Gecko)
Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/6.0 TV Safari/538.1
Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)
AppleCoreMedia/1.0.0.21F79 (iPhone; U; CPU OS 17_5 like Mac OS X; en_us) ¦ -`);

/** Where requests come from. */
export const REFERRERS: readonly string[] = list(`
- ¦ - ¦ - ¦ https://www.google.com/ ¦ https://shop.example.com/
https://shop.example.com/category/shoes?page=2&sort=price_asc
https://www.google.com/search?q=o%27brien+shoes&oq=o%27brien&sourceid=chrome&ie=UTF-8
https://duckduckgo.com/?q=%22drop+leaf+table%22&t=h_ ¦ https://t.co/a1B2c3D4e5
android-app://com.google.android.gm/ ¦ https://www.bing.com/search?q=c%2B%2B+vector%3Cint%3E&form=QBLH
https://blog.example.org/2024/05/how-to-use-select-and-union/
https://shop.example.com/?filter_brand=12,15&price=10-50
https://l.facebook.com/l.php?u=https%3A%2F%2Fshop.example.com%2F%3Ffbclid%3DIwAR0&h=AT0
https://www.example.com/page#:~:text=it%27s%20here
https://yandex.ru/search/?text=%D0%BE%D0%B1%D1%83%D0%B2%D1%8C ¦ http://192.0.2.10/admin/dashboard`);

/** Last parts of a page's path, percent-encoded. */
export const SLUGS: readonly string[] = list(`
red-shoes ¦ mens-o-brien-shirt ¦ how-to-select-a-union ¦ drop-table-explained ¦ etc-and-more
system-requirements ¦ shell-jewellery ¦ script-fonts ¦ sql-tutorial ¦ the-passwd-file ¦ admin-guide
c%2B%2B-basics ¦ caf%C3%A9-au-lait ¦ sch%C3%B6ne-gr%C3%BC%C3%9Fe ¦ rock-n-roll ¦ q-a ¦ 10-tips ¦ what-is-eval
login-help ¦ %E6%9D%B1%E4%BA%AC ¦ version-2.0.1 ¦ john.doe ¦ a_b_c ¦ foo(bar) ¦ it's-here ¦ tom%20%26%20jerry
iphone-15-pro-max-256gb ¦ e=mc2 ¦ a+b ¦ @alice ¦ ~bob ¦ tag:new`);

/** Names of files in a web root. */
export const FILES: readonly string[] = list(`
app.min.js ¦ style.v2.css ¦ jquery-3.7.1.min.js ¦ logo@2x.png ¦ main.8f3a2c1b.chunk.js ¦ vendor.bundle.js
report.final.v3.pdf ¦ photo (1).jpg ¦ IMG_2024-05-01.HEIC ¦ archive.tar.gz ¦ setup-1.2.3.exe ¦ fonts/inter.woff2
sitemap.xml ¦ robots.txt ¦ favicon.ico ¦ manifest.json ¦ feed.rss ¦ ads.txt ¦ .well-known/security.txt
.well-known/acme-challenge/x7Yd-3_a ¦ .well-known/apple-app-site-association
apple-touch-icon-120x120-precomposed.png ¦ browserconfig.xml ¦ data.csv ¦ export.xlsx ¦ video.mp4
subtitles.vtt ¦ map.svg ¦ bundle.js.map ¦ index.html ¦ readme.md ¦ license.txt ¦ humans.txt`);
