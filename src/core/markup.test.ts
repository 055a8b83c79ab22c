import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fill, fillText, flag, html, type Markup, styleElement } from './markup.ts';

describe('markup', () => {
  test('escapes text and attributes, and shows what is invisible', () => {
    const text = `<b a="1" c='2'>&amp;\u202e\u0000\n`;
    const shown = '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;\\u202e\\x00\\n';
    expect(String(html`<p class="${text}">${text}</p>`)).toBe(`<p class="${shown}">${shown}</p>`);
  });

  test('takes markup, numbers, lists and nothing', () => {
    const item = html`<b>${1}</b>`;
    expect(String(html`<p>${[item, '&', null, false, undefined, [item]]}</p>`)).toBe('<p><b>1</b>&amp;<b>1</b></p>');
    expect(String(html`<details${flag('open', true)}></details><input${flag('checked', false)}>`)).toBe(
      '<details open></details><input>',
    );
  });

  test('holds both languages, one where they are the same', () => {
    expect(String(html`${{ en: 'a<', ko: 'a<' }}`)).toBe('a&lt;');
    expect(String(html`${{ en: 'who', ko: '누구' }}`)).toBe(
      '<span class="en" lang="en">who</span><span class="ko" lang="ko">누구</span>',
    );
  });

  test.each<[string, () => Markup]>([
    ['a tag', () => html`<p ${'x'}>`],
    ['a tag’s name', () => html`<${'x'}>`],
    ['an attribute without quotes', () => html`<p class=${'x'}>`],
    ['a handler', () => html`<p onclick="${'x'}">`],
    ['a style', () => html`<p style="color:${'x'}">`],
    ['a source', () => html`<img src="${'x'}">`],
    ['a link', () => html`<a href="${'x'}">`],
    ['a link’s end', () => html`<a href="https://${'x'}">`],
    ['a path from its root', () => html`<a href="/${'x'}">`],
    ['a link to another host', () => html`<a href="//${'x'}">`],
    ['a script', () => html`<script>${'x'}</script>`],
    ['a style sheet', () => html`<style>${'x'}</style>`],
    ['an attribute, as markup', () => html`<p class="${html`x` as unknown as string}">`],
    ['text, as a flag', () => html`<p>${flag('open', true)}</p>`],
  ])('takes nothing into %s', (_, make) => {
    expect(make).toThrow();
  });

  test('takes an anchor, and the end of a path of our own', () => {
    expect(String(html`<a href="/people/${'a"b'}">x</a>`)).toBe('<a href="/people/a&quot;b">x</a>');
    expect(String(html`<a href="#${'a"b'}">x</a>`)).toBe('<a href="#a&quot;b">x</a>');
  });

  test('of any text holds no bracket and no quote of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const inside = String(html`<p title="${text}">${text}</p>`);
        expect(inside.match(/[<>]/g)).toEqual(['<', '>', '<', '>']);
        expect(inside.match(/"/g)).toHaveLength(2);
        expect(inside).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });

  test('fills the gaps of a sentence in both languages', () => {
    const pattern = { en: '{a} of {b}', ko: '{b} 중 {a}' };
    expect(fillText(pattern, { a: 1, b: { en: 'two', ko: '둘' } })).toEqual({ en: '1 of two', ko: '둘 중 1' });
    expect(String(fill(pattern, { a: html`<b>1</b>`, b: '<' }))).toBe(
      '<span class="en" lang="en"><b>1</b> of &lt;</span><span class="ko" lang="ko">&lt; 중 <b>1</b></span>',
    );
  });

  test('holds no markup in a style sheet', () => {
    expect(() => styleElement('</style><script>')).toThrow();
  });
});
