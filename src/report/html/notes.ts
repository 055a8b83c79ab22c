import { w } from './words.ts';

/** Sentences of the page itself: what a part shows, what it cannot, and how it was made. */
export const NOTES = {
  deeds: w(
    'In order of time. A row opens to show the raw log lines; the small numbers are MITRE ATT&CK techniques.',
    '시간 순서입니다. 행을 누르면 원본 로그 줄이 나옵니다. 작은 번호는 MITRE ATT&CK 기법입니다.',
  ),
  deedsBounded: w(
    'The {n} weightiest of {all} are shown; spoor investigate --timeline tells all.',
    '{all}건 중 중요한 {n}건만 표시합니다. 전체는 spoor investigate --timeline 참조.',
  ),
  hops: w(
    'Each box is a machine, each arrow a login from one to the next. Dashed boxes are machines whose logs are not here.',
    '상자는 서버, 화살표는 한 곳에서 다음 곳으로의 로그인입니다. 점선 상자는 로그가 없는 서버입니다.',
  ),
  actions: w(
    'In this order. Commands can be copied: a click selects all of one.',
    '이 순서대로 하세요. 명령은 한 번 누르면 전체가 선택되어 복사할 수 있습니다.',
  ),
  unpastable: w(
    'The command cannot be shown here: see actions in --json.',
    '명령을 여기에 표시할 수 없습니다. --json의 actions를 보세요.',
  ),
  wipedHead: w('Probably removed by somebody', '누군가 지운 것으로 보임'),
  missingHead: w('Missing, perhaps innocently', '사라졌지만 정상일 수도 있음'),
  unseen: w('Hosts on the intruder’s way whose logs are not here', '침입자가 지나갔지만 로그가 없는 서버'),
  noMissing: w('No hole was found in what was read.', '읽은 자료에서 빈틈이 발견되지 않았습니다.'),
  sessions: w(
    'Each bar is a login session. Red ones are thought to be the intruder’s, grey ones ordinary; a diamond marks the way in, hatching a hole in the host’s logs.',
    '막대 하나가 로그인 세션입니다. 빨간색은 침입자로 보이는 것, 회색은 평범한 것입니다. 마름모는 침입 지점, 빗금은 로그의 빈틈입니다.',
  ),
  sessionsBounded: w(
    '{n} of {all} sessions are drawn: the intruder’s first, then the nearest in time.',
    '{all}개 세션 중 {n}개를 그렸습니다. 침입자의 것 먼저, 그다음 시간이 가까운 것입니다.',
  ),
  world: w(
    'Countries by how many attacking addresses lie there. An address says where a machine stands, not who sits at it.',
    '공격 주소가 많은 나라일수록 진합니다. 주소는 기계의 위치일 뿐, 사람의 위치가 아닙니다.',
  ),
  worldBounded: w('Of the {n} worst of {all} addresses.', '{all}개 주소 중 가장 심한 {n}개 기준입니다.'),
  noPlace: w('{n} addresses have no known place.', '주소 {n}개는 위치를 알 수 없습니다.'),
  onePlace: w('1 address has no known place.', '주소 1개는 위치를 알 수 없습니다.'),
  noPlaces: w('None of the attacking addresses has a known place.', '공격 주소의 위치를 알 수 없습니다.'),
  campaigns: w(
    'Addresses that act as one: most likely one attacker behind many machines.',
    '하나처럼 움직이는 주소들: 여러 기계 뒤에 한 공격자가 있을 가능성이 큽니다.',
  ),
  controllers: w(
    'Outside addresses that entered hosts talk to and quiet hosts do not. One may steer the others.',
    '침해된 서버만 통신하는 외부 주소입니다. 그중 하나가 나머지를 지휘할 수 있습니다.',
  ),
  attackers: w(
    '{n} addresses attacked. Those that got in come first.',
    '주소 {n}개가 공격했습니다. 침입에 성공한 주소가 먼저입니다.',
  ),
  oneAttacker: w('1 address attacked.', '주소 1개가 공격했습니다.'),
  block: w(
    'Never in it: an address from which somebody logged in whom nothing speaks against, a private range, a kept address.',
    '의심할 점이 없는 로그인이 있었던 주소, 사설 대역, --keep으로 지정한 주소는 들어 있지 않습니다.',
  ),
  blockSummary: w('{n} networks', '네트워크 {n}개'),
  oneBlock: w('1 network', '네트워크 1개'),
  inputs: w(
    'Every file as it was handed in, with its SHA-256: the same files give the same report.',
    '받은 그대로의 파일과 SHA-256입니다. 같은 파일이면 같은 보고서가 나옵니다.',
  ),
  inputsList: w('{n} files with their SHA-256', '파일 {n}개와 SHA-256'),
  liveRead: w(
    'Told from the ledger {origin}: {n} records, of events from {since} {until}. A number behind a stream is the index of a record: spoor show INDEX --proof proves the line.',
    '원장 {origin}에서 읽음: 레코드 {n}개, {since}부터 {until}의 사건. 스트림 뒤의 번호는 레코드 번호이며, spoor show 번호 --proof로 증명할 수 있습니다.',
  ),
  liveOf: w('Only of {whose}.', '{whose}만 해당합니다.'),
  liveUntil: w('until {until}', '{until}까지'),
  liveOpen: w('on', '현재까지'),
  liveStreams: w('{n} streams', '스트림 {n}개'),
  liveWhole: w('Complete: nothing is known to be missing.', '누락된 것으로 알려진 것이 없습니다.'),
  liveBut: w('Complete but for this:', '다음을 제외하고 완전합니다:'),
  notRead: w('not read: {why}', '읽지 못함: {why}'),
  notUnderstood: w('{n} not understood', '{n}줄 해석 못함'),
  made: w(
    'Made by Spoor from log files alone. No machine was asked, nothing was changed, and this page loads nothing from any network.',
    'Spoor가 로그 파일만으로 작성했습니다. 어떤 기계에도 접속하지 않았고 아무것도 바꾸지 않았으며, 이 페이지는 네트워크에서 아무것도 불러오지 않습니다.',
  ),
  limits: w(
    'Logs tell what programs wrote. What an intruder erased, or did where nothing is logged, is not here; the holes above say where that could be.',
    '로그는 프로그램이 남긴 것만 말합니다. 침입자가 지웠거나 기록되지 않는 곳에서 한 일은 없습니다. 그럴 수 있는 곳은 위의 빈틈에 적었습니다.',
  ),
  judge: w(
    'Each claim cites its lines. Where we are not sure, it says so; read the lines before you accuse anybody.',
    '모든 주장에는 근거 줄이 있습니다. 확실하지 않으면 그렇게 적었습니다. 누군가를 지목하기 전에 줄을 직접 읽으세요.',
  ),
  hostile: w(
    'Log lines are written by strangers: characters that could deceive the eye are spelled out (\\x1b, \\u202e, \\n).',
    '로그 줄은 낯선 사람이 쓴 것입니다. 눈을 속일 수 있는 문자는 풀어 적었습니다(\\x1b, \\u202e, \\n).',
  ),
  placesHint: w('Countries and networks are a hint, never evidence.', '국가와 네트워크는 참고일 뿐 증거가 아닙니다.'),
  untranslated: w('', '아직 번역되지 않은 문장 {n}개는 영어로 남아 있습니다.'),
  zone: w('Times are in {offset} ({zone}).', '시각은 {offset}({zone}) 기준입니다.'),
  outOfRange: w(
    '{n} lines outside --since and --until were not looked at.',
    '--since와 --until 밖의 {n}줄은 보지 않았습니다.',
  ),
  unparsed: w('{n} lines were not understood.', '{n}줄은 해석하지 못했습니다.'),
  nothingDone: w('The logs show nothing done after the login.', '로그인 뒤에 한 일은 로그에 보이지 않습니다.'),
} as const;
