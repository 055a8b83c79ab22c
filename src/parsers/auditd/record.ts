/**
 * Reads one audit record: its head (`type=SYSCALL msg=audit(1700000000.123:456): `, linux-audit's "audit event format")
 * and its fields, also those of the ENRICHED format, which follow a 0x1d in capitals (auditd.conf(5), log_format).
 */

// Hot path: once per record.

/** Field names to values as written: quotes are kept, because only an unquoted value is hex. */
export type AuditFields = Record<string, string>;

export interface AuditRecord {
  /** The host named by `node=`; '' when there is none. */
  readonly node: string;
  /** `SYSCALL`, `USER_LOGIN`; `UNKNOWN[1420]` as written. */
  readonly type: string;
  /** "1700000000.123:456": what the records of one event share. */
  readonly id: string;
  readonly timeMs: number;
  readonly serial: number;
  /** Written by the kernel, or by auditd itself. */
  readonly fields: AuditFields;
  /** What a program said within msg='…'; null when the record has none. */
  readonly said: AuditFields | null;
}

const HEAD =
  /^(?:node=(?<node>\S{1,255}) )?type ?=(?<type>[A-Z][A-Z0-9_]{0,39}(?:\[\d{1,5}\])?) msg=audit\((?<id>(?<seconds>\d{1,11})\.(?<ms>\d{1,3}):(?<serial>\d{1,20}))\) ?: ?/;
// printk, when no audit daemon listens: "audit: type=1400 audit(1700000000.123:456): …", with or without the kernel's clock
const KERNEL_HEAD =
  /^(?:\[ {0,12}\d{1,12}\.\d{3,9}\] )?(?:audit: )?type ?=(?<type>\d{4}) (?:msg=)?audit\((?<id>(?<seconds>\d{1,11})\.(?<ms>\d{1,3}):(?<serial>\d{1,20}))\) ?: ?/;

/** How a record of each number is called (linux/audit.h, and audit-userspace's audit-records.h for 1100 to 2999). */
const NUMBERED = new Map<number, string>();
for (const line of `
1005 USER LOGIN
1100 USER_AUTH USER_ACCT USER_MGMT CRED_ACQ CRED_DISP USER_START USER_END USER_AVC USER_CHAUTHTOK USER_ERR CRED_REFR
1111 USYS_CONFIG USER_LOGIN USER_LOGOUT ADD_USER DEL_USER ADD_GROUP DEL_GROUP DAC_CHECK CHGRP_ID TEST TRUSTED_APP
1122 USER_SELINUX_ERR USER_CMD USER_TTY CHUSER_ID GRP_AUTH SYSTEM_BOOT SYSTEM_SHUTDOWN SYSTEM_RUNLEVEL SERVICE_START
1131 SERVICE_STOP GRP_MGMT GRP_CHAUTHTOK MAC_CHECK ACCT_LOCK ACCT_UNLOCK USER_DEVICE SOFTWARE_UPDATE
1200 DAEMON_START DAEMON_END DAEMON_ABORT DAEMON_CONFIG DAEMON_RECONFIG DAEMON_ROTATE DAEMON_RESUME DAEMON_ACCEPT
1208 DAEMON_CLOSE DAEMON_ERR
1300 SYSCALL FS_WATCH PATH IPC SOCKETCALL CONFIG_CHANGE SOCKADDR CWD FS_INODE EXECVE
1311 IPC_SET_PERM MQ_OPEN MQ_SENDRECV MQ_NOTIFY MQ_GETSETATTR KERNEL_OTHER FD_PAIR OBJ_PID TTY EOE BPRM_FCAPS CAPSET
1323 MMAP NETFILTER_PKT NETFILTER_CFG SECCOMP PROCTITLE FEATURE_CHANGE REPLACE KERN_MODULE FANOTIFY TIME_INJOFFSET
1333 TIME_ADJNTPVAL BPF EVENT_LISTENER URINGOP OPENAT2 DM_CTRL DM_EVENT
1400 AVC SELINUX_ERR AVC_PATH MAC_POLICY_LOAD MAC_STATUS MAC_CONFIG_CHANGE MAC_UNLBL_ALLOW MAC_CIPSOV4_ADD
1408 MAC_CIPSOV4_DEL MAC_MAP_ADD MAC_MAP_DEL MAC_IPSEC_ADDSA MAC_IPSEC_DELSA MAC_IPSEC_ADDSPD MAC_IPSEC_DELSPD
1415 MAC_IPSEC_EVENT MAC_UNLBL_STCADD MAC_UNLBL_STCDEL MAC_CALIPSO_ADD MAC_CALIPSO_DEL
1700 ANOM_PROMISCUOUS ANOM_ABEND ANOM_LINK ANOM_CREAT
1800 INTEGRITY_DATA INTEGRITY_METADATA INTEGRITY_STATUS INTEGRITY_HASH INTEGRITY_PCR INTEGRITY_RULE
2000 KERNEL
2100 ANOM_LOGIN_FAILURES ANOM_LOGIN_TIME ANOM_LOGIN_SESSIONS ANOM_LOGIN_ACCT ANOM_LOGIN_LOCATION ANOM_MAX_DAC
2106 ANOM_MAX_MAC ANOM_AMTU_FAIL ANOM_RBAC_FAIL ANOM_RBAC_INTEGRITY_FAIL ANOM_CRYPTO_FAIL ANOM_ACCESS_FS ANOM_EXEC
2113 ANOM_MK_EXEC ANOM_ADD_ACCT ANOM_DEL_ACCT ANOM_MOD_ACCT ANOM_ROOT_TRANS ANOM_LOGIN_SERVICE ANOM_LOGIN_ROOT
2300 USER_ROLE_CHANGE ROLE_ASSIGN ROLE_REMOVE LABEL_OVERRIDE LABEL_LEVEL_CHANGE USER_LABELED_EXPORT
2306 USER_UNLABELED_EXPORT DEV_ALLOC DEV_DEALLOC FS_RELABEL USER_MAC_POLICY_LOAD ROLE_MODIFY USER_MAC_CONFIG_CHANGE
2400 CRYPTO_TEST_USER CRYPTO_PARAM_CHANGE_USER CRYPTO_LOGIN CRYPTO_LOGOUT CRYPTO_KEY_USER CRYPTO_FAILURE_USER
2406 CRYPTO_REPLAY_USER CRYPTO_SESSION CRYPTO_IKE_SA CRYPTO_IPSEC_SA
2500 VIRT_CONTROL VIRT_RESOURCE VIRT_MACHINE_ID VIRT_INTEGRITY_CHECK VIRT_CREATE VIRT_DESTROY VIRT_MIGRATE_IN
2507 VIRT_MIGRATE_OUT`.split('\n')) {
  const [first, ...names] = line.split(' ');
  names.forEach((name, at) => {
    NUMBERED.set(Number(first) + at, name);
  });
}

/** Can this line be the record of an event? Cheap to say no. */
export function isAuditRecord(line: string): boolean {
  return headOf(line.charCodeAt(0) === 0x20 ? line.trimStart() : line) !== null;
}

function headOf(line: string): RegExpExecArray | null {
  const code = line.charCodeAt(0);
  if (code !== 0x74 && code !== 0x6e && code !== 0x61 && code !== 0x5b) return null; // t n a [
  if (line.length < 20) return null;
  return HEAD.exec(line) ?? KERNEL_HEAD.exec(line);
}

/** The records on a line: one, or those of one event that some forwarder joined by spaces. Empty: not an audit record. */
export function readRecords(line: string): AuditRecord[] {
  const records: AuditRecord[] = [];
  let rest = line.charCodeAt(0) === 0x20 ? line.trimStart() : line;
  for (;;) {
    const head = headOf(rest);
    if (!head?.groups) return records;
    const { node = '', type = '', id = '', seconds, ms = '', serial } = head.groups;
    // Only a kernel record is cut: its strings are hex as soon as they hold a space, so none can hold this.
    const next = type.startsWith('USER') ? -1 : rest.indexOf(` msg=audit(${id})`, head[0].length);
    const cut = next === -1 ? -1 : rest.lastIndexOf(' type=', next);
    const end = cut < head[0].length ? rest.length : cut;
    const { fields, said } = readBody(rest.slice(head[0].length, end));
    const timeMs = Number(seconds) * 1000 + Number(ms.padEnd(3, '0'));
    records.push({ node, type: nameOf(type), id, timeMs, serial: Number(serial), fields, said });
    if (end === rest.length) return records;
    rest = rest.slice(end + 1);
  }
}

function nameOf(type: string): string {
  const number = type.charCodeAt(0) <= 57 ? Number(type) : Number.NaN;
  return Number.isNaN(number) ? type : (NUMBERED.get(number) ?? `UNKNOWN[${type}]`);
}

/** The fields of a record's text: the kernel's own, and those within msg='…'. */
export function readBody(body: string): { fields: AuditFields; said: AuditFields | null } {
  const fields: AuditFields = {};
  const separator = body.indexOf('\x1d');
  const plain = separator === -1 ? body : body.slice(0, separator);
  const said = plain.includes("msg='") ? readSaid(plain, fields) : null;
  if (said === null) readFields(plain, fields, false);
  if (separator !== -1) readFields(body.slice(separator + 1), fields, false);
  return { fields, said };
}

function readSaid(body: string, fields: AuditFields): AuditFields {
  const open = body.indexOf("msg='");
  let close = body.lastIndexOf("'");
  if (close < open + 5) close = body.length;
  const said: AuditFields = {};
  // A program's text ends with exe, hostname, addr, terminal and res, which libaudit adds: the last of a name wins.
  const text = body.slice(open + 5, close);
  readFields(text, said, true);
  const operation = OPERATION.exec(text)?.groups?.['words'];
  if (operation !== undefined) said['op'] = operation;
  readFields(body.slice(0, open), fields, false);
  readFields(body.slice(close + 1), fields, false);
  return said;
}

// "op=adding user id=1001": some programs use words. RHEL 5 had "PAM: authentication acct=…" instead.
const OPERATION = /^(?:op=|(?=PAM: ))(?<words>[A-Za-z][A-Za-z:-]{0,40}(?: [A-Za-z-]{1,40}){1,6}) [a-z]{1,12}=/;
const KEY = /^[A-Za-z][\w-]{0,47}(?:\[\d{1,6}\])?$/;
// Names that enrichment adds. Where the 0x1d before them was lost they stick to the value before: res=1UID="root".
const ENRICHED =
  'SYSCALL OLD-AUID OLD-OUID OLD-OGID SADDR FSUID FSGID OAUID IUID IGID ARCH AUID EUID SUID OUID EGID SGID OGID UID GID ID'.split(
    ' ',
  );

function readFields(text: string, into: AuditFields, lastWins: boolean): void {
  let at = skipSeparators(text, 0);
  let word = '';
  let space = -1; // the next one, remembered: text without spaces is walked once
  while (at < text.length) {
    if (space < at) space = indexOrEnd(text, ' ', at);
    const equals = text.indexOf('=', at);
    if (equals === -1) return;
    if (equals > space) {
      word = text.slice(at, space);
      addWord(word, text.slice(at + 1, at + 200), into);
      at = equals - space > 64 ? text.lastIndexOf(' ', equals) : space; // a long text without fields is not walked
    } else {
      const end = endOfValue(text, equals + 1, space);
      addField(keyOf(text.slice(at, equals), word), text.slice(equals + 1, end), into, lastWins);
      word = '';
      at = end;
    }
    at = skipSeparators(text, at);
  }
}

function addField(key: string, value: string, into: AuditFields, lastWins: boolean): void {
  if (key !== '' && (lastWins || into[key] === undefined)) into[key] = lastWins ? unbracketed(value) : value;
}

// "avc:  denied  { read write } for  pid=1": SELinux's verdict stands in words.
function addWord(word: string, after: string, into: AuditFields): void {
  if (word === '{') into['{'] ??= after.slice(0, indexOrEnd(after, '}', 0)).trim();
  else if (word === 'denied' || word === 'granted') into[word] ??= word;
}

function indexOrEnd(text: string, char: string, at: number): number {
  const found = text.indexOf(char, at);
  return found === -1 ? text.length : found;
}

function skipSeparators(text: string, from: number): number {
  for (let at = from; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x28 && code !== 0x2c) return at;
  }
}

// "old auid=700 new auid=0" (kernels before 3.13) says old-auid and auid.
function keyOf(key: string, word: string): string {
  if (key.length > 56 || !KEY.test(key)) return '';
  return word === 'old' ? `old-${key}` : key;
}

// RHEL 5 wrote "(hostname=?, addr=192.0.2.1, terminal=ssh res=success)".
function unbracketed(value: string): string {
  if (value.charCodeAt(0) === 0x28) return value;
  let end = value.length;
  while (end > 0 && (value.charCodeAt(end - 1) === 0x2c || value.charCodeAt(end - 1) === 0x29)) end -= 1;
  return value.slice(0, end);
}

/** The offset after the value that begins at `at`; `space` is the next space. */
function endOfValue(text: string, at: number, space: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x22 || code === 0x27 || code === 0x7b) {
    const end = text.indexOf(code === 0x7b ? '}' : text.charAt(at), at + 1);
    return end === -1 ? text.length : end + 1;
  }
  let end = at;
  for (; end < space; end += 1) {
    const next = text.charCodeAt(end);
    if (next === 0x29 && code === 0x28) return end + 1; // "(null)", "(none)"
    if (next === 0x3d) break;
  }
  if (end === space) return space;
  const head = text.slice(Math.max(at, end - 10), end);
  const name = ENRICHED.find((candidate) => head.endsWith(candidate));
  return name === undefined ? space : end - name.length;
}
