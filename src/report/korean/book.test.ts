import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Story } from '../../trace/story.ts';
import { ACCOUNT_RULES } from '../../trace/techniques/account-rules.ts';
import { HARM_RULES } from '../../trace/techniques/harm-rules.ts';
import { LOG_RULES } from '../../trace/techniques/log-rules.ts';
import { LOOK_RULES } from '../../trace/techniques/look-rules.ts';
import { RUN_RULES } from '../../trace/techniques/run-rules.ts';
import { STAY_RULES } from '../../trace/techniques/stay-rules.ts';
import { attacked } from '../fixtures/attacked.ts';
import { traced } from '../fixtures/breached-tracks.ts';
import { quiet } from '../fixtures/quiet.ts';
import { korean, PHRASES } from './book.ts';
import { compile } from './phrase.ts';

const HANGUL = /[가-힣]/;
/** Something for each kind of slot. */
const SAMPLES: Readonly<Record<string, string>> = {
  n: '1,204',
  t: '2 h 5 min',
  w: 'svc-batch',
  x: 'any: text, at all',
  l: 'gate, shop and vault',
  s: 'logging stopped',
};
const filledIn = (english: string): string => english.replace(/\{(\w)\w*\}/g, (_, kind: string) => SAMPLES[kind] ?? '');

/** Everything that a story says in sentences. */
function sentences(story: Story): string[] {
  return [
    ...story.reasons,
    ...[story.entries, story.campaigns, story.hops, story.controllers].flat().flatMap(({ reasons }) => reasons),
    ...story.findings.map(({ title }) => title),
    ...story.missing.map(({ detail }) => detail),
    ...story.actions.map(({ reason }) => reason),
    ...story.motives.flatMap(({ title, detail, mend }) => [title, detail, mend]),
  ].filter((sentence) => sentence !== '');
}

describe('the phrase book', () => {
  test.each(PHRASES.filter(([english]) => /[a-z]{3}/.test(english.replace(/\{\w+\}/g, ''))))('says "%s"', (english) => {
    const told = korean(filledIn(english));
    expect(told).toMatch(/[가-힣]|Kerberos/);
    expect(told).not.toMatch(/\{\w+\}/);
  });

  test.each<[string, Story]>([
    ['traced', traced],
    ['attacked', attacked],
    ['quiet', quiet],
  ])('knows every sentence of the story %s', (_, story) => {
    expect(sentences(story).filter((sentence) => korean(sentence) === null)).toEqual([]);
  });

  test('knows every title of a command', () => {
    const rules = [...LOG_RULES, ...ACCOUNT_RULES, ...LOOK_RULES, ...RUN_RULES, ...STAY_RULES, ...HARM_RULES];
    expect(rules.map(({ title }) => title).filter((title) => !HANGUL.test(korean(title) ?? ''))).toEqual([]);
  });

  test.each([
    ['24 failed tries from the same address before it', '그 전에 같은 주소에서 실패한 시도 24회'],
    ['gate wtmp: record 3 was overwritten with zeros', 'gate wtmp: 3번째 기록이 0으로 덮어써짐'],
    ['second account with uid 0, account added', 'uid 0인 두 번째 계정, 계정 추가'],
    [
      'silent for 3 h 10 min; it usually speaks at least every 40 s',
      '3시간 10분 동안 기록 없음. 보통은 적어도 40초마다 기록함',
    ],
    [
      'one address attacked; the worst, 192.0.2.9, tried 7 times',
      '주소 1개가 공격함; 가장 심한 192.0.2.9은(는) 7회 시도',
    ],
    ['deploy on gate ran "ssh x" 1 min 5 s before', '1분 5초 전 gate에서 deploy이(가) "ssh x" 실행'],
    ['anna on gate, shop and 3 more; root on vault and db', 'gate, shop 외 3개의 anna; vault, db의 root'],
    [
      'it took only 24 tries. Against it: 12 addresses did the same',
      '24회 시도만에 맞힘. 반대 근거: 주소 12개가 똑같이 행동',
    ],
    ['first contact 3 hours after the way in (median)', '침입 후 첫 연결까지 3시간(중앙값)'],
    ['The intruder: after anybody', '침입자: 아무나 노림'],
    ['a on b; c on d; and 3 more', 'b의 a; d의 c; 외 3개'],
    ['Second account with uid 0: svc-batch: useradd -o: -u 0', 'uid 0인 두 번째 계정: svc-batch: useradd -o: -u 0'],
  ])('%s', (english, told) => {
    expect(korean(english)).toBe(told);
  });

  test.each([
    'a sentence that nobody wrote',
    'deploy on gate ran off with the silver',
    // a user named "root from 192.0.2.1": the address must not become another's
    'the session of root from 192.0.2.1 from 10.0.0.1 has no "Accepted" line',
    'x'.repeat(5000),
  ])('leaves alone what it does not know: %s', (sentence) => {
    expect(korean(sentence)).toBeNull();
  });

  test('keeps every text of a stranger as it stands', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\S{1,20}$/), fc.string({ unit: 'binary', maxLength: 40 }), (word, text) => {
        expect(korean(`ran: ${text}`)).toContain(text.replace(/ \(refused\)$/, ''));
        const told = korean(`the session of ${word} has no "Accepted" line`);
        if (told !== null) expect(told).toContain(word);
      }),
    );
  });

  test('takes no time to speak of, whatever the text', () => {
    const nasty = ['{w}: '.repeat(800), ', '.repeat(2000), 'a: '.repeat(1300), '" '.repeat(2000), 'from '.repeat(800)];
    for (const text of nasty)
      for (const head of ['', 'ran: ', 'the session of ', 'nothing from ']) korean(`${head}${text}`);
  });
});

describe('a phrase', () => {
  test.each([
    ['{q} of no kind', '{q}'],
    ['{w}{x} that touch', '{w}{x}'],
    ['{w} left out', ''],
    ['added', '{w}'],
  ])('with slots that do not fit is refused: %s', (english, told) => {
    expect(() => compile([english, told])).toThrow();
  });
});
