import type { Crowd } from './crowd.ts';
import { FAMILIES, type Profile } from './profile.ts';

/** Of the members, so many may be odd in a kind of evidence. */
const ODD = 0.2;
/** Members are judged without themselves, others are not: so much may that shift a score. */
const SLACK = 0.5;

/** How far a group stands out. */
export interface Surprise {
  /** By family, in nats. */
  readonly families: Float64Array;
  /** How small a part of those like it the group is, in nats: the most that one family can say. */
  readonly share: number;
  /** By how much the families together exceed what chance needs. */
  readonly lift: number;
}

/** Who is in a group: 1 at the number of each member. Wiped after use. */
export type Within = Uint8Array;

/**
 * How surprising it is that so many agree: by family, the logarithm of how many of the members agree over how many of all do.
 * Were the families independent, as among strangers, chance would explain a group for which they add up to the logarithm of
 * its share of all. Compared are those of about as many tries: who tries long has a rhythm and many names. `profile` is the
 * members'. `step`: only one in so many of the others is looked at.
 */
export function surpriseOf(
  crowd: Crowd,
  members: Int32Array,
  profile: Profile,
  step: number,
  within: Within,
): Surprise {
  const score = new Float64Array(FAMILIES.length);
  const scores = Array.from(FAMILIES, () => new Float64Array(members.length));
  for (let nth = 0; nth < members.length; nth += 1) {
    profile.score(members[nth] as number, 1, score);
    for (let family = 0; family < score.length; family += 1)
      (scores[family] as Float64Array)[nth] = score[family] as number;
  }
  const marks = Float64Array.from(scores, (own) => shareOf(own.slice().sort(), ODD) - SLACK);
  const insiders = Float64Array.from(scores, (own, family) => countFrom(own, marks[family] as number));
  const agreeing = insiders.slice();
  const all = members.length + othersAbove(crowd, members, profile, marks, agreeing, step, within);
  const families = insiders.map((inside, family) =>
    Math.max(0, Math.log(inside / members.length / ((agreeing[family] as number) / all))),
  );
  const share = Math.log(all / members.length);
  return { families, share, lift: families.reduce((sum, one) => sum + one, 0) - share };
}

/** Counts the others that agree, into `agreeing`; gives how many were compared. */
function othersAbove(
  { attempts, size }: Crowd,
  members: Int32Array,
  profile: Profile,
  marks: Float64Array,
  agreeing: Float64Array,
  step: number,
  within: Within,
): number {
  const tries = Float64Array.from(members, (member) => attempts[member] as number).sort();
  const [few, many] = [shareOf(tries, ODD) / 2, shareOf(tries, 1 - ODD) * 2];
  const score = new Float64Array(FAMILIES.length);
  for (const member of members) within[member] = 1;
  let others = 0;
  for (let at = 0; at < size; at += step) {
    const tried = attempts[at] as number;
    if (tried < few || tried > many || within[at] === 1) continue;
    others += step;
    profile.score(at, 0, score);
    for (let family = 0; family < score.length; family += 1)
      if ((score[family] as number) >= (marks[family] as number))
        agreeing[family] = (agreeing[family] as number) + step;
  }
  for (const member of members) within[member] = 0;
  return others;
}

function countFrom(scores: Float64Array, mark: number): number {
  let count = 0;
  for (const score of scores) if (score >= mark) count += 1;
  return count;
}

/** The value at a share of a sorted list. */
function shareOf(sorted: Float64Array, share: number): number {
  return sorted[Math.floor(sorted.length * share)] as number;
}
