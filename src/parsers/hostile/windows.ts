import { NO_SEARCH, notSearched } from './boxes.ts';
import { ANYWHERE, BREAK, DOT, EQUALS, family, MINUS, PAREN, PERCENT, QUOTE, type Rule, re, SPACE } from './rule.ts';

// Commands for cmd.exe and PowerShell.

const COMMANDS =
  'dir|type|net (?:user|localgroup|group|view|share|use|start|stop)|ipconfig|tasklist|taskkill|systeminfo|certutil|bitsadmin|powershell|pwsh|cmd|reg (?:add|query|delete|save)|schtasks|wmic|sc (?:create|query|start|stop|config)|whoami|mshta|rundll32|regsvr32|cscript|wscript|msiexec|vssadmin|netsh|nslookup|ping|hostname|ver|attrib|icacls|cacls|takeown|nltest|dsquery|gpresult|qprocess|getmac|driverquery|quser|qwinsta|query user|wevtutil|fsutil|xcopy|robocopy|curl|route print|arp -a|at \\d{1,2}:\\d\\d|where|findstr|for /|start /|forfiles|installutil|odbcconf|pcalua|msbuild';
/** The verbs that PowerShell's commands begin with. */
const VERBS = 'invoke|start|new|get|set|convertto|add|import|out|register';
const COMPARE = '(?:equ|neq|lss|leq|gtr|geq)';
const THEN = String.raw`(?:echo|goto|call|exit|set|del|erase|copy|start|cmd|command|dir|rem|pause|md|rd|move|ren|type|shutdown|\(|@|%)`;

export const windows: readonly Rule[] = family(
  'rce',
  'T1059.003',
  [
    [
      'for loop',
      PAREN | PERCENT,
      /\bfor ?(?:\/[dflr]{1,2} [^%\uE000]{0,80})?%{1,2}[^\s\uE000]{1,20} {1,4}in ?\([^)\uE000]{0,300}\) ?do\b/,
    ],
    [
      'for loop with a command',
      PAREN | SPACE,
      /\bfor (?:\/[dflr] ?[^\uE000]{0,80} )?%{0,2}[^\s\uE000]{1,20} in ?\([^\uE000]{0,300}\) ?do (?:echo|call|start|del|dir|copy|type|cmd|command|set|if|@|\()/,
    ],
    [
      'if with an operator',
      SPACE,
      re(String.raw`(?:\uE001|[;&|\n(]|\belse |\bdo ) ?if [^\uE000]{1,160} ${COMPARE} [^\uE000]{1,80}`),
    ],
    [
      'if with two equals signs',
      SPACE | EQUALS,
      re(
        String.raw`(?:\uE001|[;&|\n(]|\belse |\bdo )[ @]?if ?(?:\/i )?(?:not )?(?:[^\uE000=]{0,80}%[^\uE000]{0,80}==|[^\uE000=]{0,80}== ?[^\uE000]{0,80}[ )"]${THEN}|[^\uE000=]{0,80}==[^\uE000\s]{0,80}%)`,
      ),
    ],
    [
      'if with a state',
      SPACE,
      /(?:\uE001|[;&|\n(]|\belse |\bdo )[ @]?if ?(?:\/i )?(?:not )?(?:exist [^\s\uE000]{0,80}[\\:.%*"$/(]|exist [^\uE000]{1,80}(?:\(| (?:echo|goto|del|call|rd|md|copy|cmd|command|set|exit|start|type|move|ren|else)\b)|errorlevel [\d%]|errorlevel \S{1,20} \S|defined \S{1,80} (?:\(|echo|goto|set|call|exit|cmd|command|del|start|if|rem)|defined [^\s\uE000]{0,60}[%_]|cmdextversion \d)/,
    ],
    [
      'if at the beginning',
      SPACE | EQUALS,
      /\uE001if ?(?:\/i ?)?(?:not )?[\w%]{1,40} ?== ?[\w%]{1,40} {1,3}\w{1,20}(?:\uE000|$)/,
    ],
    ['if in brackets', SPACE | PAREN, /\uE001 ?if ?\([^()\uE000]{0,80}\) ?(?:==|equ|neq|gtr|geq|lss|leq) ?\(/],
    [
      'cmd.exe',
      DOT,
      re(
        String.raw`\b${notSearched('cmd|command|powershell|root|tftp|net1?|certutil|rundll32|regsvr32|mshta|cscript|wscript|wmic|bitsadmin')}\.exe(?:[?\s/\\;|&"'+]|\uE000|$)`,
      ),
      { where: ANYWHERE },
    ],
    [
      'cmd with a command',
      SPACE,
      /\bcmd(?:\.exe)? ?\/[ckr] ?\S|\bcmd,? ?\/c\b|\bcommand\.com ?\//,
      { where: ANYWHERE },
    ],
    [
      'command behind a separator',
      BREAK,
      re(
        String.raw`(?:[;|\n]|&&?) ?(?:${COMMANDS})(?=[\s/\\;|&>"']{1,2}(?:[-/\\%.\w]|$)|[;|&>]|\uE000|$)(?! (?:of|the|and|in|for|is|a|to)\b)(?:[ /\\;|&>"'](?:[-/\\%&|;>*]|[a-z]:|\d|\S{1,40}[.\\/]\S|add\b|"|$)|[;|&>]|\uE000|$)`,
      ),
    ],
    [
      'administration',
      SPACE,
      /\b(?:net (?:user|localgroup) [^\uE000]{1,80} \/add|reg (?:add|delete) hk[^\uE000]{1,200} \/[vtdf]|wmic (?:process|os|product|\/node)|certutil (?:-|\/)(?:urlcache|decode|f|verifyctl)|bitsadmin \/transfer|schtasks \/create|vssadmin delete|netsh (?:advfirewall|firewall)|rundll32 (?:javascript|\\\\|url\.dll)|regsvr32 \/s|mshta (?:http|vbscript|javascript)|sc \\\\|icacls [^\uE000]{1,60} \/grant|wevtutil cl)\b/,
      { where: ANYWHERE },
    ],
    ['word in pieces', QUOTE | BREAK, /\w"&"\w{1,8}"&"\w/, { view: 'text' }],
    [
      'PowerShell options',
      MINUS,
      /\b(?:powershell|pwsh)[^\uE000]{0,80} -(?:e|ec|enc|encodedcommand|nop|noprofile|w|windowstyle|c|command|ep|exec|executionpolicy|ex|file|noni|sta)\b/,
      { where: ANYWHERE },
    ],
    [
      'PowerShell command',
      MINUS,
      re(
        String.raw`\b(?=${notSearched(VERBS)}-)(?:invoke-(?:webrequest|expression|restmethod|command|item|wmimethod|mimikatz|shellcode|history|cimmethod)|start-(?:process|bitstransfer|job)|new-object (?:system\.)?net|get-(?:wmiobject|process|childitem|content|credential|ciminstance)|set-(?:executionpolicy|mppreference)|convertto-securestring|add-type -|import-module |out-file |register-(?:scheduledtask|wmievent))\b`,
      ),
      { where: ANYWHERE },
    ],
    [
      'PowerShell alias',
      BREAK,
      /[;|&\n(] ?(?:iwr|iex|irm|iwmi|saps|gwmi|gci|gps|sajb|ipmo|icm|sal|wjb|rwmi) ?(?:[-('"$]|https?:|\S{1,40} -)/,
    ],
    [
      'PowerShell objects',
      PAREN,
      /\.(?:downloadstring|downloadfile|downloaddata|frombase64string|openread) ?\(|\[system\.(?:net|io|text|reflection|diagnostics)\.|\$env:\w{2,40}|\[convert\]::|\bsystem\.net\.(?:webclient|sockets)/,
      { where: ANYWHERE },
    ],
    [
      'environment variable',
      PERCENT,
      re(
        String.raw`(?:[;|&\n]|${NO_SEARCH}|\b(?:echo|type|dir|cd|set|start) )%(?:path|comspec|systemroot|windir|temp|tmp|appdata|userprofile|programfiles|systemdrive|computername|username|os|pathext)(?:%|:~)`,
      ),
    ],
    [
      'caret inside a command',
      BREAK * 0,
      /\uE001(?:cmd|powershell|certutil|net user|ipconfig|whoami)(?=\s|\uE000|$|\/)/,
      { hidden: true },
    ],
  ],
  { view: 'shell' },
);
