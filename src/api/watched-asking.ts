import type { FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import type { AskingView, TailPart } from './asking.ts';
import type { InvestigatingView } from './investigating.ts';
import { maskedWho, seenEvents } from './masked.ts';
import type { ServerView } from './view.ts';
import { mustBeClear, onRecord, seer, sightOf } from './watched.ts';

/** What the index is asked by one caller: each question is on record before its answer is given, and shows what he may see. */
export function askingFor(
  { asking, watched }: Pick<ServerView, 'asking' | 'watched'>,
  request: FastifyRequest,
): AskingView {
  const who = seer(watched, request);
  const { caller, sight } = who;
  return {
    async search(asked, signal) {
      const { cursor, ...detail } = asked;
      const deed = { what: 'search', detail: { ...detail, ...(cursor !== undefined && { further: true }) } };
      const answer = await onRecord(watched, who, deed, {
        ask: () => asking.search({ ...asked, sight }, signal),
        count: ({ events }) => events.length,
      });
      return sight.isMasked ? { ...answer, events: await seenEvents(watched.masker, sight, answer.events) } : answer;
    },
    async *tail(asked, signal): AsyncGenerator<TailPart> {
      await watched.did(caller.name, { what: 'tail', detail: { ...asked } });
      for await (const part of asking.tail({ ...asked, sight }, signal)) {
        if (!sight.isMasked && sightOf(watched, caller).isMasked)
          throw new AppError('E_USAGE', 'the hour is over, and personal fields are masked again: begin anew');
        yield part.kind === 'events' && sight.isMasked
          ? { ...part, events: await seenEvents(watched.masker, sight, part.events) }
          : part;
      }
    },
    async ofRecord(index, signal) {
      const events = await onRecord(
        watched,
        who,
        { what: 'record.view', about: String(index), detail: {} },
        {
          ask: () => asking.ofRecord(index, signal),
          count: (found) => found.length,
        },
      );
      return seenEvents(watched.masker, sight, events);
    },
    async who(asked, signal) {
      const answer = await onRecord(
        watched,
        who,
        { what: 'who', about: asked.host ?? '', detail: { ...asked } },
        {
          ask: () => asking.who(asked, signal),
          count: ({ sessions }) => sessions.length,
        },
      );
      return sight.isMasked ? maskedWho(watched.masker, answer) : answer;
    },
  };
}

/** Stories for one caller: every sentence of one names persons and addresses, so it is told in the clear or not at all. */
export function tellingFor(
  { investigating, watched }: Pick<ServerView, 'investigating' | 'watched'>,
  request: FastifyRequest,
): Pick<InvestigatingView, 'tell'> {
  const { caller, sight } = seer(watched, request);
  return {
    async *tell(asked, signal) {
      mustBeClear(sight, 'a story, which names persons and addresses throughout,');
      await watched.did(caller.name, { what: 'story', about: asked.host ?? '', detail: { ...asked } });
      yield* investigating.tell(asked, signal);
    },
  };
}
