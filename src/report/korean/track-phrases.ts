import type { Phrase } from './phrase.ts';

const HOPS: readonly Phrase[] = [
  ['the way in from outside', '외부에서 들어온 지점'],
  [
    'a connection from source port {n} is in the logs of both {w_a} and {w_b}',
    '출발 포트 {n}의 연결이 {w_a}와 {w_b}의 로그에 모두 있음',
  ],
  [
    '{w_user} on {w_host} ran "{x}"; the history has no time',
    '{w_host}에서 {w_user}이(가) "{x}" 실행(기록에 시각 없음)',
  ],
  ['{w_user} on {w_host} ran "{x}" at that moment', '그 순간 {w_host}에서 {w_user}이(가) "{x}" 실행'],
  ['{w_user} on {w_host} ran "{x}" {t} before', '{t} 전 {w_host}에서 {w_user}이(가) "{x}" 실행'],
  ['{w_user} on {w_host} ran "{x}" {t} after', '{t} 뒤 {w_host}에서 {w_user}이(가) "{x}" 실행'],
  ['{w_user} on {w_host} ran "{x}"', '{w_host}에서 {w_user}이(가) "{x}" 실행'],
  ['no session that could have opened it was open on {w} then', '그때 {w}에는 이 로그인을 열 수 있는 세션이 없었음'],
  [
    'the session of {w_user} on {w_host} was open near that time only',
    '{w_host}의 {w_user} 세션은 그 시각 근처에만 열려 있었음',
  ],
  [
    'the session of {w_user} was the only one open on {w_host} then',
    '그때 {w_host}에 열린 세션은 {w_user} 세션뿐이었음',
  ],
  ['the session of {w_user} was open on {w_host} then', '그때 {w_host}에 {w_user} 세션이 열려 있었음'],
  ['it could also have been {x}', '{x}일 수도 있음'],
  ['the clock of {w_a} is {t} ahead of that of {w_b}', '{w_a}의 시계가 {w_b}보다 {t} 빠름'],
  ['the clock of {w_a} is {t} behind that of {w_b}', '{w_a}의 시계가 {w_b}보다 {t} 느림'],
  ['{w} is an address of {w_host}, its own log says', '{w}은(는) {w_host}의 주소(자체 로그에 있음)'],
  ['{w} is the address that the evidence of {w_host} was handed in for', '{w}은(는) {w_host}의 증거가 제출된 주소'],
  ['the line names {w}', '로그 줄에 {w}이(가) 나옴'],
  [
    '{w} is taken for {w_host}: 1 login fits a command run there',
    '{w}을(를) {w_host}(으)로 봄: 그곳에서 실행된 명령과 맞는 로그인 1건',
  ],
  [
    '{w} is taken for {w_host}: {n} logins fit commands run there',
    '{w}을(를) {w_host}(으)로 봄: 그곳에서 실행된 명령과 맞는 로그인 {n}건',
  ],
  [
    '{w} is taken for {w_host}: no other host is without logs',
    '{w}을(를) {w_host}(으)로 봄: 로그 없는 서버가 이곳뿐임',
  ],
  [
    '{w} is thought to be {w_host}: of the hosts at hand only there an intruder was in at that time',
    '{w}을(를) {w_host}(으)로 추정: 그때 침입자가 있던 서버가 이곳뿐임',
  ],
  ['the next hop started from this session', '다음 이동이 이 세션에서 시작됨'],
  ['no logs of {w} are at hand', '{w}의 로그가 없음'],
  ['the intruder went to {w} before', '침입자가 그 전에 {w}(으)로 감'],
  [
    'the same account or key was used on {w} before, and its session was still open',
    '같은 계정이나 키가 그 전에 {w}에서 쓰였고 그 세션이 아직 열려 있었음',
  ],
  ['{n} such commands', '그런 명령 {n}건'],
  ['nothing from {w} is here, though {s}', '{w}의 기록이 없음. 그러나 {s}'],
  ['{w} opened a session there', '{w}에서 그곳에 세션을 염'],
  ['the intruder was on {w} before', '침입자가 그 전에 {w}에 있었음'],
  ['{w} was entered from it', '그곳에서 {w}에 침입'],
  ['{w} was entered from it at {w_at}', '{w_at}에 그곳에서 {w}에 침입'],
];

const MOVES: readonly Phrase[] = [
  ['a program ran in the network logon itself: {x}', '네트워크 로그온 안에서 프로그램이 실행됨: {x}'],
  ['a service was installed beside the logon: {s}', '로그온과 함께 서비스가 설치됨: {s}'],
  ['a service was installed beside the logon: {x}', '로그온과 함께 서비스가 설치됨: {x}'],
  ['a scheduled task was made or changed in the logon: {s}', '로그온에서 예약 작업이 만들어지거나 바뀜: {s}'],
  ['a scheduled task was made or changed in the logon: {x}', '로그온에서 예약 작업이 만들어지거나 바뀜: {x}'],
  ['a file was written through an administrative share: {s}', '관리 공유를 통해 파일이 기록됨: {s}'],
  ['a file was written through an administrative share: {x}', '관리 공유를 통해 파일이 기록됨: {x}'],
  ['a lasting WMI subscription was made beside the logon', '로그온과 함께 지속되는 WMI 구독이 만들어짐'],
  ['the pipe of a remote execution tool was opened: {s}', '원격 실행 도구의 파이프가 열림: {s}'],
  ['the pipe of a remote execution tool was opened: {x}', '원격 실행 도구의 파이프가 열림: {x}'],
  ['PowerShell ran for another host once', '다른 서버의 요청으로 PowerShell이 1회 실행됨'],
  ['PowerShell ran for another host {n} times', '다른 서버의 요청으로 PowerShell이 {n}회 실행됨'],
  ['the service manager was opened from the network', '네트워크에서 서비스 관리자가 열림'],
  ['the task scheduler was opened from the network', '네트워크에서 작업 스케줄러가 열림'],
  ['WMI was called from {s}', 'WMI 호출 출처: {s}'],
  ['WMI was called from {x}', 'WMI 호출 출처: {x}'],
  ['a WinRM shell was opened', 'WinRM 셸이 열림'],
  ['the logon came over WinRM', 'WinRM으로 로그온함'],
  ['a desktop was opened from the network', '네트워크에서 데스크톱이 열림'],
  ['the logon came over RPC', 'RPC로 로그온함'],
  ['on the source the connection was opened by {s}', '출발 서버에서 연결을 연 프로그램: {s}'],
  ['on the source the connection was opened by {x}', '출발 서버에서 연결을 연 프로그램: {x}'],
  ['on the source a command named this host: {x}', '출발 서버의 명령에 이 서버가 나옴: {x}'],
  ['on the source credentials for this host were given', '출발 서버에서 이 서버의 인증 정보가 입력됨'],
  ['the registry was opened from the network', '네트워크에서 레지스트리가 열림'],
  ['an administrative share was opened', '관리 공유가 열림'],
  ['the logon had an administrator’s rights', '관리자 권한의 로그온임'],
  ['an administrator’s console opened the connection', '관리 콘솔이 연결을 엶'],
  ['its name is not told', '이름은 기록에 없음'],
  [
    'the same account came to {n} hosts alike: a server that looks after them, or somebody spreading',
    '같은 계정이 서버 {n}대에 똑같이 접속함: 관리 서버이거나 누군가 퍼지는 중',
  ],
];

const CAMPAIGNS: readonly Phrase[] = [
  ['same {n} names in the same order', '같은 이름 {n}개를 같은 순서로 시도'],
  ['same {n} names, in whatever order', '같은 이름 {n}개를 순서만 바꾸어 시도'],
  ['{n} paths dealt out among {n2} addresses', '경로 {n}개를 주소 {n2}개가 나누어 요청'],
  ['all tried the same name', '모두 같은 이름을 시도'],
  ['{n} names dealt out among {n2} addresses', '이름 {n}개를 주소 {n2}개가 나누어 시도'],
  ['{n} addresses asked for the same paths', '주소 {n}개가 같은 경로를 요청'],
  ['{n} addresses with the same client: {x}', '주소 {n}개가 같은 클라이언트: {x}'],
  ['1 try from each address', '주소마다 1회 시도'],
  ['{n} tries from each address', '주소마다 {n}회 시도'],
  ['{n} to {n2} tries from each address', '주소마다 {n}~{n2}회 시도'],
  ['1 try from each address, about {t} apart', '주소마다 1회, 약 {t} 간격으로 시도'],
  ['{n} tries from each address, about {t} apart', '주소마다 {n}회, 약 {t} 간격으로 시도'],
  ['{n} to {n2} tries from each address, about {t} apart', '주소마다 {n}~{n2}회, 약 {t} 간격으로 시도'],
  ['nearly all began within {t}', '거의 모두 {t} 안에 시작'],
  ['{n} addresses in 1 network', '네트워크 1곳의 주소 {n}개'],
  ['{n} addresses within {t}: {n2} requests', '{t} 안에 주소 {n}개: 요청 {n2}건'],
  [
    '{n} addresses within {t}: {n2} packets that the firewall stopped',
    '{t} 안에 주소 {n}개: 방화벽이 막은 패킷 {n2}개',
  ],
  ['{n} addresses within {t}: {n2} connections without a login', '{t} 안에 주소 {n}개: 로그인 없는 연결 {n2}건'],
  ['up to {n} new addresses in 5 minutes, usually {n2}', '5분에 새 주소 최대 {n}개, 보통은 {n2}개'],
  ['{n} addresses in {n2} networks', '네트워크 {n2}곳의 주소 {n}개'],
];

const CONTROLLERS: readonly Phrase[] = [
  ...(
    [
      ['talk to it', '이 주소와 통신'],
      ['ask for it', '이 이름을 조회'],
      ['name it in commands', '명령에 이 주소가 있음'],
    ] as const
  ).flatMap(([english, told]): Phrase[] => [
    [
      `{n} of {n2} affected hosts ${english}; there is no quiet host to compare with`,
      `침해 서버 {n2}대 중 {n}대가 ${told}. 비교할 조용한 서버가 없음`,
    ],
    [
      `{n} of {n2} affected hosts ${english}, none of {n3} quiet ones`,
      `침해 서버 {n2}대 중 {n}대가 ${told}. 조용한 서버 {n3}대 중에는 없음`,
    ],
    [
      `{n} of {n2} affected hosts ${english}, {n4} of {n3} quiet ones`,
      `침해 서버 {n2}대 중 {n}대가 ${told}. 조용한 서버는 {n3}대 중 {n4}대`,
    ],
  ]),
  ['every {t}, give or take {t2}, on {n} of {n2} hosts', '서버 {n2}대 중 {n}대에서 {t}마다(오차 {t2})'],
  ['first contact {t} after the way in (median)', '침입 후 첫 연결까지 {t}(중앙값)'],
  ['they began within {t}, though their ways in lie far apart', '침입 시각은 서로 먼데 {t} 안에 함께 시작함'],
  ['{n} quiet hosts began in the same time', '조용한 서버 {n}대도 같은 때에 시작함'],
  ['all of it is time, as ordinary hosts do it', '모두 시각 동기화이며 평범한 서버도 하는 일임'],
  ['all of it is name resolution, as ordinary hosts do it', '모두 이름 조회이며 평범한 서버도 하는 일임'],
  ['all of it is mail, as ordinary hosts do it', '모두 메일이며 평범한 서버도 하는 일임'],
  ['no resolver gave it, as they did for what others talk to', '다른 통신 대상과 달리 이름 조회 결과에 없는 주소임'],
  ['{n} hosts were seen before the way in and did not know it', '침입 전 기록이 있는 서버 {n}대는 이 주소를 몰랐음'],
  ['{n} hosts talked to it before the way in as well', '서버 {n}대는 침입 전에도 이 주소와 통신'],
  [
    'only once from each host: rather a place to download from than one to report to',
    '서버마다 한 번뿐: 보고하는 곳이라기보다 내려받는 곳',
  ],
  ['without a rhythm, {n} times from each host (median)', '일정한 주기 없이 서버마다 {n}회(중앙값)'],
  ['on port {x}, which no everyday service has', '일상 서비스가 쓰지 않는 포트 {x}'],
  ['named in commands on {n} affected hosts', '침해 서버 {n}대의 명령에 나옴'],
  ['resolvers gave it for {x}', '이름 조회 결과: {x}'],
  ['the intruder came in from it as well', '침입자도 이 주소에서 들어옴'],
  ['its name is one that ordinary hosts ask for', '평범한 서버도 조회하는 이름임'],
  ['its network serves many sites from the same addresses', '같은 주소로 여러 사이트를 제공하는 네트워크임'],
  [
    'one of {n} addresses that the same hosts knock at on this port',
    '같은 서버들이 이 포트로 두드린 주소 {n}개 중 하나',
  ],
  [
    'only one host is affected: it may be what this host alone uses',
    '침해 서버가 한 대뿐: 이 서버만 쓰는 것일 수 있음',
  ],
  ['only two hosts are affected: that is little to compare', '침해 서버가 두 대뿐: 비교하기에 적음'],
];

/** Why a hop is one, why addresses are one campaign, and what stands out in a controller. */
export const TRACK_PHRASES: readonly Phrase[] = [...HOPS, ...MOVES, ...CAMPAIGNS, ...CONTROLLERS];
