import type { Measures } from './measure.ts';

/** What is known of an end besides its traffic. */
export interface Surroundings {
  /** It is an address that the intruder came in from. */
  readonly entry: boolean;
  /** It, or a name that stands for it, is everybody's. */
  readonly everybodys: boolean;
  /** Its network serves very many sites. */
  readonly shared: boolean;
  /** It is one of so many that the affected hosts knock at on the same port. */
  readonly targets: number;
  /** Resolvers’ answers are at hand, and none of them gave it. */
  readonly unnamed: boolean;
}

const HOUR_MS = 3_600_000;
/** Points at which it is as likely as not. */
const EVEN = 3;
const MANY_TARGETS = 20;
/** What each quiet host that talks to it as well takes away, and all of them at most. */
const EACH_QUIET = 0.4;
const MOST_KNOWN = 2.5;
/** Where one or two hosts are affected, nothing is sure. */
const MOST_OF_ONE = 0.35;
const MOST_OF_TWO = 0.55;
/** What hosts came to once or twice is rather a place to download from; long after the way in, the owner's as well. */
const MOST_OF_ONCE = 0.75;
const MOST_OF_LATE = 0.45;
const LATE_MS = 12 * HOUR_MS;
/** What most hosts knew before the way in is rather theirs than the intruder's. */
const MOST_OF_KNOWN = 0.6;
/** Hosts that begin at once, and each quiet one that does so too, up to so many. */
const ROLLED = -1.5;
const ROLLED_QUIET = -2;
const MOST_ROLLED = 2;
/** One end in a hundred looks like this by chance, and there are hundreds of ends. */
const WEAK_CHANCE = -2;

/**
 * How much an outside end stands out as what leads the affected hosts, 0 to 1. The chance that it has nothing to do with
 * them weighs most; then whether they met it only after the way in, whether they come back, in a rhythm or over long,
 * and what speaks for an ordinary service.
 */
export function weigh(measures: Measures, surroundings: Surroundings): number {
  const points =
    common(measures) + meeting(measures) + returning(measures) + kind(measures) + apart(measures, surroundings);
  const score = 1 / (1 + Math.exp(EVEN - points));
  return Math.round(Math.min(score, 0.999) * most(measures) * 1000) / 1000;
}

function most({
  allAffected,
  allQuiet,
  metAfter,
  metBefore,
  visits,
  rhythm,
  commands,
  delayMs,
  rollout,
}: Measures): number {
  const few = allAffected === 1 ? MOST_OF_ONE : allAffected === 2 ? MOST_OF_TWO : 1;
  const known = metBefore > metAfter && allQuiet > 0 ? MOST_OF_KNOWN : 1;
  if (visits > 2 || rhythm !== null || commands > 0) return few * known;
  return few * known * (delayMs > LATE_MS || rollout !== null ? MOST_OF_LATE : MOST_OF_ONCE);
}

// Who talks to it: as many of the affected as can be, none of the others.
function common({ chance, affected, allAffected, quiet, allQuiet }: Measures): number {
  const share = affected.length / allAffected;
  const others = allQuiet === 0 ? 0 : quiet.length / allQuiet;
  const alone = affected.length === 1 && allAffected > 2 ? -2 : 0;
  const known = Math.min(MOST_KNOWN, EACH_QUIET * quiet.length); // one may be affected unseen, five are not
  return 0.7 * Math.min(6, -chance) + 3 * (share - 0.5) - 3 * Math.min(1, others / share) - known + alone;
}

function meeting({ metAfter, metBefore, delayMs, rollout, chance, quiet }: Measures): number {
  const known = metAfter + metBefore;
  if (known === 0 && Number.isNaN(delayMs)) return quiet.length > 0 && chance > WEAK_CHANCE ? -1.5 : 0;
  if (rollout !== null) return ROLLED + ROLLED_QUIET * Math.min(MOST_ROLLED, rollout.quiet);
  const time = known === 0 ? 0 : (2 * metAfter - 3 * metBefore) / (known + 1);
  if (Number.isNaN(delayMs) || metBefore > metAfter) return time;
  return time + (delayMs <= HOUR_MS ? 0.6 : delayMs <= 12 * HOUR_MS ? 0.3 : 0);
}

function returning({ rhythm, rhythmic, affected, visits, first, last }: Measures): number {
  const beat = rhythm === null ? 0 : 1 + rhythmic / affected.length;
  const again = visits <= 1 ? -1.5 : visits <= 2 ? -0.75 : visits < 5 ? 0.25 : visits < 12 ? 0.75 : 1;
  return beat + again + (last - first >= 12 * HOUR_MS && visits > 2 ? 0.25 : 0);
}

function kind({ service, rare, ports, commands, party }: Measures): number {
  const ordinary = service === 'time' ? -2.5 : service === 'names' ? -2 : service === 'mail' ? -1.5 : 0;
  const port = rare.length > 0 && rare.length === ports.length ? 0.8 : 0;
  const seen = party.lens === 'names' ? -0.5 : party.lens === 'commands' ? -0.5 : 0;
  return ordinary + port + seen + (commands > 0 ? 0.4 : 0);
}

function apart(_: Measures, { everybodys, shared, targets, unnamed }: Surroundings): number {
  return (unnamed ? 1 : 0) + (everybodys ? -2.5 : 0) + (shared ? -0.5 : 0) + (targets >= MANY_TARGETS ? -3 : 0);
}
