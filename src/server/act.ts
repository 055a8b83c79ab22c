import type { KeepAct } from './enrolment.ts';
import type { Server } from './serve.ts';

/** Keeps in the ledger what somebody does; resolves when it is durable, and only then it is done. */
export function actOf(server: Server): KeepAct {
  return async (who, what, about, detail) => {
    await server.keeper.note('act', { who, what, about }, Buffer.from(JSON.stringify(detail)));
  };
}
