import type { Twin } from '../../core/markup.ts';
import type { Action, AttackerKind, Confidence, MissingKind, Session, Verdict } from '../../trace/story.ts';
import type { CampaignKind, MotiveKind } from '../../trace/tracks.ts';

/** A text in both languages. `{name}` is a gap that `fill` fills. */
export const w = (en: string, ko: string): Twin => ({ en, ko });

/** The answer in the fewest words. */
export const ANSWER: Readonly<Record<Verdict, Twin>> = {
  breached: w('Somebody got in', '누군가 침입했습니다'),
  attacked: w('Nobody got in, as far as these logs tell', '이 로그로 보는 한 아무도 침입하지 못했습니다'),
  quiet: w('No attack found', '공격이 발견되지 않았습니다'),
  cannot_tell: w('These logs do not say whether anybody got in', '이 로그만으로는 침입 여부를 알 수 없습니다'),
};

/** The same, where more is known. */
export const ANSWERS = {
  toCheck: w(
    'No break-in is proven; one login needs a look',
    '침입이 입증되지는 않았지만, 확인이 필요한 로그인이 있습니다',
  ),
  webToCheck: w(
    'No break-in is proven; the web server answered attacks, which need a look',
    '침입이 입증되지는 않았지만, 웹 서버가 응답한 공격을 확인해야 합니다',
  ),
  calmToCheck: w(
    'No attack found; one login needs a look',
    '공격이 발견되지 않았지만, 확인이 필요한 로그인이 있습니다',
  ),
  throughWeb: w('Somebody came in through a web server.', '누군가 웹 서버를 통해 들어왔습니다.'),
  unread: w('Nothing could be read, so nothing can be said', '읽을 수 있는 것이 없어 아무것도 말할 수 없습니다'),
  entered: w(
    '{host} was entered on {date} at {time} ({offset}) as {user}{how}{from}.',
    '{date} {time}({offset}), {from}{host} 서버의 {user} 계정에 {how}들어왔습니다.',
  ),
  enteredSome: w(
    '{host} was entered as {user}{how}{from}; when is unknown.',
    '{from}{host} 서버의 {user} 계정에 {how}들어왔습니다. 시각은 알 수 없습니다.',
  ),
  onward: w('From there they went on to {hosts}.', '그곳에서 {hosts} 서버로 옮겨 갔습니다.'),
  inside: w(
    'Somebody was inside; the login itself is not in these logs.',
    '누군가 안에 있었습니다. 로그인 자체는 이 로그에 없습니다.',
  ),
  tried: w('{addresses} tried, with {failures}.', '{addresses}에서 시도했고, {failures}.'),
  triedOnly: w('{addresses} tried.', '{addresses}에서 시도했습니다.'),
  looked: w('{lines} of {hosts} were read.', '{hosts}의 {lines}을 읽었습니다.'),
  by: w(', {how}', '{how} '),
  from: w(', from {address}', '{address}에서 '),
} as const;

export const BADGE: Readonly<Record<Verdict, Twin>> = {
  breached: w('Breached', '침입당함'),
  attacked: w('Attacked', '공격받음'),
  quiet: w('Quiet', '조용함'),
  cannot_tell: w('Cannot tell', '판단 불가'),
};

export const CONFIDENCE: Readonly<Record<Confidence, Twin>> = {
  high: w('confidence high', '확신도 높음'),
  medium: w('confidence medium', '확신도 중간'),
  low: w('confidence low', '확신도 낮음'),
};

export const METHOD: ReadonlyMap<string, Twin> = new Map([
  ['password', w('by password', '비밀번호로')],
  ['publickey', w('by key', 'SSH 키로')],
  ['keyboard-interactive', w('by password (typed)', '비밀번호 입력으로')],
  ['keyboard-interactive/pam', w('by password (typed)', '비밀번호 입력으로')],
  ['gssapi-with-mic', w('by Kerberos', 'Kerberos로')],
  ['gssapi', w('by Kerberos', 'Kerberos로')],
  ['hostbased', w('by trust in its host', '호스트 신뢰로')],
  ['certificate', w('by certificate', '인증서로')],
  ['none', w('without any proof', '아무 증명 없이')],
]);

export const KINDS: Readonly<Record<AttackerKind, Twin>> = {
  password_guessing: w('guessed passwords', '비밀번호 추측'),
  name_guessing: w('guessed names', '계정 이름 추측'),
  password_spraying: w('tried many names', '여러 계정에 조금씩 시도'),
  scanner: w('looked, did not log in', '살펴보기만 함'),
  web_scan: w('searched for web holes', '웹 취약점 탐색'),
  web_exploit: w('sent web attacks', '웹 공격'),
  web_guessing: w('guessed web logins', '웹 로그인 추측'),
  port_scan: w('scanned ports', '포트 스캔'),
  flood: w('flooded', '과부하 공격'),
};

export const CAMPAIGNS: Readonly<Record<CampaignKind, Twin>> = {
  guessing: w('Password guessing', '비밀번호 추측'),
  web: w('Web attack', '웹 공격'),
  scan: w('Scan', '스캔'),
  flood: w('Flood', '과부하 공격'),
};

export const MISSINGS: Readonly<Record<MissingKind, Twin>> = {
  gap: w('silence', '기록 공백'),
  ends_early: w('log ends early', '로그가 일찍 끝남'),
  rotation_missing: w('rotated file absent', '교체된 로그 파일 없음'),
  wtmp_zeroed: w('login records overwritten', '로그인 기록 덮어씀'),
  login_without_record: w('login record missing', '로그인 기록 없음'),
  record_without_login: w('login lines missing', '로그인 로그 줄 없음'),
  session_without_login: w('login line missing', '로그인 로그 줄 없음'),
  logging_stopped: w('logging stopped', '로그 기록 중단'),
  history_emptied: w('command history emptied', '명령 기록 비움'),
  nul_run: w('NUL bytes', 'NUL 바이트'),
  audit_gap: w('audit numbers skipped', '감사 번호 건너뜀'),
  audit_lost: w('audit lost events', '감사 이벤트 유실'),
  lines_lost: w('logger dropped lines', '로거가 줄을 버림'),
  truncated: w('cut off', '잘림'),
  clock_step: w('clock set', '시계 변경'),
  flooded: w('too much to tell', '너무 많아 다 말하지 못함'),
  host_unseen: w('no logs of it', '로그가 없음'),
};

export const ORDERS: Readonly<Record<Action['kind'], Twin>> = {
  preserve: w('Keep {target} untouched', '{target}: 손대지 말고 보존하세요'),
  lock_account: w('Lock the account {target}', '{target} 계정을 잠그세요'),
  remove_account: w('Remove the account {target}', '{target} 계정을 삭제하세요'),
  remove_key: w('Remove the key {target}', '키 {target} 삭제하세요'),
  block: w('Block {target}', '{target} 차단하세요'),
  change_password: w('Change the password of {target}', '{target}의 비밀번호를 바꾸세요'),
  inspect: w('Look at {target}', '{target} 확인하세요'),
  report: w('Write to {target}', '{target}에 신고하세요'),
  collect: w('Collect {target}', '{target} 수집하세요'),
};

export const MOTIVES: Readonly<Record<MotiveKind, Twin>> = {
  sought: w('What they were after', '무엇을 노렸나'),
  aim: w('Aimed at you, or at anybody', '당신을 노렸나, 아무나 노렸나'),
  invited: w('What made it easy, most useful mending first', '무엇이 침입을 쉽게 했나 (고칠 것 먼저)'),
};

export const STATES: Readonly<Record<Session['state'], Twin | null>> = {
  closed: null,
  open: w('no logout in the logs: may still be in', '로그아웃 기록 없음: 아직 안에 있을 수 있음'),
  cut: w('until the log or the host stopped', '로그나 서버가 멈출 때까지'),
  no_start: w('the login line is missing', '로그인 줄이 없음'),
};

/** Headings of the sections, and their short names in the contents. */
export const HEADINGS = {
  'way-in': w('The way in', '침입 경로'),
  deeds: w('What they did', '들어온 뒤 한 일'),
  hops: w('From host to host', '서버 사이 이동'),
  actions: w('What to do now', '지금 할 일'),
  found: w('Also found', '그 밖에 발견된 것'),
  missing: w('What is missing', '사라진 기록'),
  motives: w('Why you', '왜 여기였나'),
  sessions: w('Sessions', '세션'),
  campaigns: w('Campaigns', '공격 집단'),
  attackers: w('Attackers', '공격자'),
  world: w('Where from', '어디에서 왔나'),
  controllers: w('Common controllers', '공통 지휘 서버'),
  block: w('Block list', '차단 목록'),
  inputs: w('What was read', '읽은 자료'),
  made: w('How this was made, and its limits', '작성 방법과 한계'),
} as const;

export type SectionName = keyof typeof HEADINGS;
