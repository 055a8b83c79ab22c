import type { Actor, Crowd } from './actor.ts';
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

/**
 * How surprising it is that so many agree: by family, the logarithm of how many of the members agree over how many of all do.
 * Were the families independent, as among strangers, chance would explain a group for which they add up to the logarithm of
 * its share of all. Compared are those of about as many tries: who tries long has a rhythm and many names. `step`: only one in
 * so many of the others is looked at.
 */
export function surpriseOf(crowd: Crowd, members: readonly Actor[], profile: Profile, step: number): Surprise {
  const scores = members.map((member) => {
    const own = new Float64Array(FAMILIES.length);
    profile.score(member, 1, own);
    return own;
  });
  const marks = Float64Array.from(FAMILIES, (_, family) => {
    const sorted = Float64Array.from(scores, (score) => score[family] as number).sort();
    return shareOf(sorted, ODD) - SLACK;
  });
  const insiders = new Float64Array(FAMILIES.length);
  for (const score of scores) countAbove(score, marks, insiders, 1);
  const agreeing = insiders.slice();
  const all = members.length + othersAbove(crowd, members, profile, marks, agreeing, step);
  const families = insiders.map((inside, family) =>
    Math.max(0, Math.log(inside / members.length / ((agreeing[family] as number) / all))),
  );
  const share = Math.log(all / members.length);
  return { families, share, lift: families.reduce((sum, one) => sum + one, 0) - share };
}

/** Counts the others that agree, into `agreeing`; gives how many were compared. */
function othersAbove(
  { actors }: Crowd,
  members: readonly Actor[],
  profile: Profile,
  marks: Float64Array,
  agreeing: Float64Array,
  step: number,
): number {
  const within = new Set(members);
  const tries = Float64Array.from(members, ({ attempts }) => attempts).sort();
  const [few, many] = [shareOf(tries, ODD) / 2, shareOf(tries, 1 - ODD) * 2];
  const score = new Float64Array(FAMILIES.length);
  let others = 0;
  for (let at = 0; at < actors.length; at += step) {
    const actor = actors[at] as Actor;
    if (actor.attempts < few || actor.attempts > many || within.has(actor)) continue;
    others += step;
    profile.score(actor, 0, score);
    countAbove(score, marks, agreeing, step);
  }
  return others;
}

function countAbove(score: Float64Array, marks: Float64Array, into: Float64Array, weight: number): void {
  for (let family = 0; family < score.length; family += 1)
    if ((score[family] as number) >= (marks[family] as number)) into[family] = (into[family] as number) + weight;
}

/** The value at a share of a sorted list. */
function shareOf(sorted: Float64Array, share: number): number {
  return sorted[Math.floor(sorted.length * share)] as number;
}
