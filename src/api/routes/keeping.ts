import type { FastifyInstance } from 'fastify';
import { callerOf } from '../caller.ts';
import { endpoint } from '../endpoint.ts';
import type { KeepingView } from '../keeping.ts';
import { anchored, anchorWish, erased, eraseWish, holdWish, kept, releaseWish } from '../schemas/keeping.ts';

/** POST /api/v1/ledger/hold, /release, /erase, /anchor: orders about the ledger. On the local socket only: a place may be a folder of this machine. */
export function registerKeeping(app: FastifyInstance, keeping: KeepingView): void {
  endpoint(
    app,
    'POST /api/v1/ledger/hold',
    { needs: 'operate', about: 'Keeps records whatever their age.', query: holdWish, answer: kept },
    async ({ query: { id, reason, stream = null, first, last } }, request) => {
      const range = first === undefined || last === undefined ? null : { first, last };
      return { index: await keeping.hold({ id, reason, stream, range }, callerOf(request).name) };
    },
  );
  endpoint(
    app,
    'POST /api/v1/ledger/release',
    { needs: 'operate', about: 'Ends a hold.', query: releaseWish, answer: kept },
    async ({ query: { id } }, request) => ({ index: await keeping.release(id, callerOf(request).name) }),
  );
  endpoint(
    app,
    'POST /api/v1/ledger/erase',
    { needs: 'operate', about: 'Erases payloads of erasable records.', query: eraseWish, answer: erased },
    async ({ query: { first, last, by = null, reason = null } }, request) =>
      keeping.erase({ first, last, by, reason }, callerOf(request).name),
  );
  endpoint(
    app,
    'POST /api/v1/ledger/anchor',
    { needs: 'operate', about: 'Has the newest checkpoint kept outside.', query: anchorWish, answer: anchored },
    async ({ query: { to } }) => ({ places: await keeping.anchor(to) }),
  );
}
