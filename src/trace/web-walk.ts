import { addTo } from '../core/grouped.ts';
import type { Noted } from './noted.ts';
import { words } from './web-words.ts';

// How requests of SQL injection follow one another, by which it shows that they were answered, whatever the answers' lengths are.

/**
 * What a question compares a character of the database with: `…,7,1))>64`, `…)='a'`, `…) BETWEEN 0 AND 64`. The text before and behind it
 * stays the same while the same character is asked for.
 */
const COMPARED = /\) {0,3}(?:[<>]=?|!=|<>|=|(?:not )?between \w{1,6} and) {0,3}['"]?(?<value>\w{1,8})/g;
/** Characters asked for. A name has so many. */
const LEAST_CHARACTERS = 10;
/** Questions for each, in the middle: whoever guesses asks once. */
const LEAST_QUESTIONS = 2;
/**
 * Answers that differ, by the last question of each character. Where a page gives none, every character ends with the same one; so
 * does a list of guesses that is gone through.
 */
const LEAST_ENDS = 6;
/** Rows asked for, one after the other. */
const LEAST_ROWS = 20;
const ROW = /\b(?:limit (?<a>\d{1,9}) ?, ?\d{1,4}\b|offset (?<b>\d{1,9})\b|rownum ?= ?(?<c>\d{1,9})\b)/;
/** A page whose length changes by itself has as many lengths among the trials. */
const MORE_LENGTHS = 3;
const LEAST_LENGTHS = 5;

/**
 * Questions for single characters (blind SQL injection), each chosen by the answer to the one before: how many there were, or 0. Whoever gets
 * no answer asks the same of every character, and so a try is told from a reading.
 */
export function answeredQuestions(asked: readonly Noted[]): number {
  const characters = new Map<string, string[]>();
  for (const one of asked) {
    const question = questionIn(one);
    if (question !== null) addTo(characters, question.of, question.value);
  }
  const questions = [...characters.values()].filter(({ length }) => length >= LEAST_QUESTIONS);
  if (questions.length < LEAST_CHARACTERS) return 0;
  const ends = new Map<string, number>();
  for (const values of questions) {
    const end = values.at(-1) as string;
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  const isDriven = ends.size >= LEAST_ENDS && Math.max(...ends.values()) * 2 <= questions.length;
  return isDriven ? questions.reduce((sum, { length }) => sum + length, 0) : 0;
}

function questionIn(request: Noted): { of: string; value: string } | null {
  const text = questionOf(request);
  const last = [...text.matchAll(COMPARED)].at(-1);
  if (last === undefined) return null;
  const value = last.groups?.['value'] as string;
  const end = last.index + last[0].length;
  return { of: `${text.slice(0, end - value.length)}?${text.slice(end)}`, value };
}

/** Requests for one row after the other whose answers are of so many lengths as rows are, and the trials' are not. */
export function rowsInTurn(
  reads: readonly Noted[],
  trials: readonly number[],
  lengthOf: (one: Noted) => number,
): Noted[] {
  const walked = reads.flatMap((one) => {
    const groups = ROW.exec(questionOf(one))?.groups;
    const row = groups?.['a'] ?? groups?.['b'] ?? groups?.['c'];
    return row === undefined ? [] : [{ one, row }];
  });
  if (new Set(walked.map(({ row }) => row)).size < LEAST_ROWS || trials.length < LEAST_LENGTHS) return [];
  const step = Math.max(1, Math.floor(walked.length / trials.length));
  const sample = walked.filter((_, at) => at % step === 0).slice(0, trials.length);
  const lengths = new Set(sample.map(({ one }) => lengthOf(one))).size;
  const isOfRows = lengths >= LEAST_LENGTHS && lengths >= MORE_LENGTHS * new Set(trials).size;
  return isOfRows ? walked.map(({ one }) => one) : [];
}

/** The request as a database would read it: in lower case, without comments. */
function questionOf({ fields }: Noted): string {
  return words(fields['url.original'])
    .replace(/\/\*[^*]{0,40}\*\//g, ' ')
    .replace(/\s{1,20}/g, ' ')
    .toLowerCase();
}
