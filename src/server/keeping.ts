import { nameOf, openAnchors } from '../anchors/index.ts';
import type { KeepingView, ShownAnchored } from '../api/keeping.ts';
import { AppError } from '../core/errors.ts';
import { eraseRecords } from '../ledger/keep/erase.ts';
import { placeHold, releaseHold } from '../ledger/keep/hold.ts';
import { actOf } from './act.ts';
import type { AnchorRound } from './anchoring.ts';
import type { Server } from './serve.ts';
import { closedWords } from './tampering.ts';

/** Who orders an erasure waits at most so long for the index; then it is told what is still to go. */
const PATIENCE_MS = 20_000;

/** Orders about the ledger that a server writes to. What somebody orders is an act in the ledger before it is done. */
export function keepingOf(server: Server): KeepingView {
  const act = actOf(server);
  // Nothing is given up meanwhile: that was decided without the hold.
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    const closed = closedWords(server);
    if (closed !== null) throw new AppError('E_UNAVAILABLE', closed);
    return server.upkeep.retention.alone(work);
  };
  return {
    hold: ({ id, reason, stream, range }, who) =>
      alone(async () => {
        await act(who, 'hold', id, { reason, stream, range });
        const wish = { id, reason, ...(stream !== null && { stream }), ...(range !== null && { range }) };
        return placeHold(await server.upkeep.keepFolder(), server.keeper.ledger, wish);
      }),
    release: (id, who) =>
      alone(async () => {
        await act(who, 'release', id, {});
        return releaseHold(await server.upkeep.keepFolder(), server.keeper.ledger, id);
      }),
    erase: async ({ first, last, by, reason }, who) => {
      const { keeper, upkeep } = server;
      const done = await alone(async () => {
        if (keeper.isHeld)
          throw new AppError(
            'E_UNAVAILABLE',
            'a backup is being made, which takes what is there: order it again after it',
          );
        await act(who, 'erase', `${first}..${last}`, { by, reason });
        const order = { first, last, who: by ?? who, reason: reason ?? undefined };
        const told = await eraseRecords(await upkeep.keepFolder(), keeper.ledger, order, (range) =>
          upkeep.erasures.add(range),
        );
        upkeep.erasures.erased();
        return told;
      });
      return { ...done, index: await upkeep.erasures.settled(PATIENCE_MS) };
    },
    anchor: async (places) => {
      const anchors = places.length > 0 ? asked(places) : openAnchors(server.options.config.ledger.anchors);
      if (anchors.length === 0)
        throw new AppError('E_USAGE', 'name a place (--to file:/FOLDER), or put some into ledger.anchors');
      return shownRound(await server.upkeep.anchoring.now(anchors));
    },
  };
}

/** Places that somebody asks for, and no configuration. */
function asked(places: readonly string[]): ReturnType<typeof openAnchors> {
  try {
    return openAnchors(places);
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_CONFIG')
      throw new AppError('E_USAGE', error.message, { cause: error });
    throw error;
  }
}

function shownRound({ size, places }: AnchorRound): ShownAnchored[] {
  return places.map(({ anchored: { anchor, kept, words }, index }) => {
    const seconds = kept?.seconds ?? null;
    const at = seconds === null ? null : new Date(seconds * 1000).toISOString();
    return { place: nameOf(anchor), size, index, failure: words, at };
  });
}
