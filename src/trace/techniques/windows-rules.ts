import { type Rule, textRule } from './rule.ts';

const ENCODED =
  /\b(?:powershell|pwsh)(?:\.exe)?\b.{0,300}? [-/]e(?:nc|nco|ncod|ncode|ncoded|ncodedc\w{0,10})? +[A-Za-z0-9+/=]{16}/is;
const WINDOWS_PROGRAM = /\b(?:vssadmin|wmic|wbadmin|bcdedit)(?:\.exe)?\b/i;

/** What commands of Windows give away. Each pattern names a program that Linux has not. */
export const WINDOWS_RULES: readonly Rule[] = [
  textRule('Encoded command run', 'high', 'T1059.001 T1027', ENCODED),
  textRule(
    'Program fetched and run',
    'high',
    'T1059.001 T1105',
    /\b(?:powershell|pwsh)(?:\.exe)?\b/i,
    /\b(?:downloadstring|downloaddata|invoke-webrequest|iwr|net\.webclient)\b/i,
    /\b(?:iex|invoke-expression)\b/i,
  ),
  textRule(
    'Program fetched by a tool that is not made for it',
    'high',
    'T1105',
    /\b(?:certutil(?:\.exe)?\b.{0,100}[-/](?:urlcache|verifyctl)|bitsadmin(?:\.exe)?\b.{0,100}\/transfer|mshta(?:\.exe)?["']? +["']?https?:|regsvr32(?:\.exe)?\b.{0,100}\/i:https?:)/is,
  ),
  textRule(
    'Passwords taken from memory or the registry',
    'critical',
    'T1003',
    /\b(?:comsvcs(?:\.dll)?\W{1,6}(?:minidump|#\+?24)|procdump(?:64)?(?:\.exe)?\b.{0,100}\blsass|sekurlsa::|lsadump::|reg(?:\.exe)?["']? +save +["']?hk(?:lm|ey_local_machine)\\(?:sam|security|system)\b)/is,
  ),
  textRule(
    'Shadow copies deleted',
    'critical',
    'T1490',
    WINDOWS_PROGRAM,
    /\b(?:delete +shadows|shadowcopy +delete|delete +catalog|recoveryenabled +no)\b/i,
  ),
  textRule(
    'Windows log wiped',
    'critical',
    'T1070.001',
    /\b(?:wevtutil(?:\.exe)?["']? +(?:cl|clear-log)|clear-eventlog)\b/i,
  ),
  textRule(
    'Command sent to another host',
    'high',
    'T1047 T1021',
    /\b(?:wmic(?:\.exe)?\b.{0,100}\/node:.{1,200}\bprocess +call +create|psexec(?:64)?(?:\.exe)?["']? .{0,60}\\\\|winrs(?:\.exe)?["']? +[-/]r(?:emote)?:|schtasks(?:\.exe)?\b.{0,200}\/create\b.{0,200}\/s |sc(?:\.exe)?["']? +\\\\[\w.-]{1,100} +(?:create|config|start))/is,
  ),
];
