import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { Masker } from './masker.ts';
import { PERSONAL, sightOf } from './masking.ts';

const masker = new Masker(Buffer.alloc(32, 7));
/** Letters that no label and no field of these tests has beside each other. */
const name = fc.stringMatching(/^[qxzjw]{4,12}$/);
const address = fc.ipV4();
const personalFields = PERSONAL.flatMap(({ fields }) => fields.split(/\s+/)).map((field) => field.replace('*', 'x'));

/** Values of four letters or more, and every part of four of them. */
const partsOf = (value: string): string[] =>
  Array.from({ length: Math.max(0, value.length - 3) }, (_, at) => value.slice(at, at + 4).toLowerCase());

/** What a mask says by chance is no leak. */
const MASK = /\[[a-z]+ [0-9A-HJKMNP-TV-Z]{8}\]/g;

function leaks(shown: unknown, values: readonly string[]): string[] {
  const text = JSON.stringify(shown).replace(MASK, '[]').toLowerCase();
  return values.flatMap(partsOf).filter((part) => text.includes(part));
}

describe('what a viewer is shown', () => {
  property.prop([
    fc.dictionary(fc.constantFrom(...personalFields), name, { minKeys: 1, maxKeys: 6 }),
    fc.array(fc.oneof(fc.constantFrom('for', ' ', '=', ':', '"', '/', 'Q', '@', '\n', 'ü', '𝔘', '%40', '\\'), name), {
      maxLength: 12,
    }),
    fc.infiniteStream(fc.nat(20)),
  ])('holds no value of a personal field, and no part of one', (fields, noise, picks) => {
    const values = Object.values(fields);
    const words = noise.flatMap((word) => [word, values[(picks.next().value ?? 0) % values.length] ?? '']);
    const text = words.join('');
    const document = {
      ...fields,
      'event.action': 'ssh_login',
      message: text,
      'url.path': `/${text.toUpperCase()}`,
      'event.original': `${text} ${values.map((value) => value.slice(1)).join(' ')}`,
      'user_agent.original': values.map((value) => `a${value.slice(-4)}b`).join(' '),
    };
    expect(leaks(masker.document(document, true), values)).toEqual([]);
    expect(leaks(masker.document(document, false), values)).toEqual([]);
  });

  property.prop([fc.stringMatching(/^[a-z.]{1,30}$/), name])('a field that nobody judged is masked', (field, value) => {
    fc.pre(!['plain', 'text'].includes(sightOf(field)));
    expect(leaks(masker.document({ [field]: value, message: `about ${value}` }, true), [value])).toEqual([]);
  });

  property.prop([address, fc.ipV6(), name])(
    'addresses, mail and homes are found in a text without any field',
    (v4, v6, who) => {
      const text = `from ${v4}:22 or [${v6}] by ${who}@mail.example in /home/${who}/x and C:\\Users\\${who}\\y`;
      const shown = masker.text(text);
      expect(shown).not.toContain(v4);
      if (/[1-9a-f]{2,}:.*:/i.test(v6) && !v6.includes('.')) expect(shown).not.toContain(v6);
      expect(leaks(shown, [who])).toEqual([]);
    },
  );

  property.prop([
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.string({ unit: 'binary', maxLength: 20 })),
  ])('nothing breaks it', (text, values) => {
    expect(
      typeof masker.text(
        text,
        values.map((value) => ({ value, mask: '*' })),
      ),
    ).toBe('string');
  });
});

describe('masks', () => {
  test('one person is one mask, by kind and by key', () => {
    const mask = masker.mask('user', 'mina');
    expect(mask).toMatch(/^\[user [0-9A-Z]{8}\]$/);
    expect(masker.mask('user', 'mina')).toBe(mask);
    expect(new Masker(Buffer.alloc(32, 7)).mask('user', 'mina')).toBe(mask);
    expect(new Masker(Buffer.alloc(32, 8)).mask('user', 'mina')).not.toBe(mask);
    expect(masker.mask('address', 'mina').slice(9)).not.toBe(mask.slice(6));
  });

  test('a line reads on', () => {
    const shown = masker.document(
      {
        'event.action': 'ssh_login',
        'user.name': 'mina',
        'source.ip': '203.0.113.5',
        'source.port': 4022,
        'source.geo.country_iso_code': 'KR',
        'source.geo.city_name': 'Suwon',
        'host.name': 'web-1',
        message: 'Failed password for mina from 203.0.113.5 port 4022 ssh2',
      },
      true,
    );
    const [user, from] = [masker.mask('user', 'mina'), masker.mask('address', '203.0.113.5')];
    expect(shown).toMatchObject({ 'host.name': 'web-1', 'source.port': 4022, 'source.geo.country_iso_code': 'KR' });
    expect(shown['source.geo.city_name']).toBe(masker.mask('place', 'Suwon'));
    expect(shown['message']).toBe(`Failed password for ${user} from ${from} port 4022 ssh2`);
  });

  test('accounts of systems are nobody', () => {
    expect(masker.document({ 'user.name': 'root', message: 'session opened for root' }, true)).toEqual({
      'user.name': 'root',
      message: 'session opened for root',
    });
  });

  test('lists of the index, which are JSON there, and short names', () => {
    const shown = masker.document({ 'related.user': '["bo","qxzjw"]', message: 'bo, bob and qxzjw' }, true);
    expect(shown['related.user']).toEqual([masker.mask('user', 'bo'), masker.mask('user', 'qxzjw')]);
    expect(shown['message']).toBe(`${masker.mask('user', 'bo')}, bob and ${masker.mask('user', 'qxzjw')}`);
  });

  test('a name is found beside whatever letters', () => {
    const hidden = (value: string) => [{ value, mask: '*' }];
    expect(masker.text('ΑΣ, ΝΑΣ.x and νας', hidden('ΝΑΣ'))).toBe('ΑΣ, *.x and *');
    expect(masker.text('İ 𐐀𐐁', hidden('𐐨𐐩'))).toBe('İ *');
  });

  test('a query of a URL goes out of it, and what is too long is withheld', () => {
    const shown = masker.document({ 'url.original': '/find?who=qxzjw', message: 'GET /find?who=qxzjw' }, true);
    expect(JSON.stringify(shown)).not.toContain('qxzjw');
    expect(shown['url.original']).toMatch(/^\/find\?\[query /);
    expect(masker.text('x'.repeat(20_000))).toBe('[text withheld]');
  });
});
