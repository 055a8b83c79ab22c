import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { endpoint } from '../endpoint.ts';
import { openApi } from '../openapi.ts';

/** GET /api/v1/openapi.json: what this API is. */
export function registerOpenApi(app: FastifyInstance): void {
  let text: string | null = null; // routes do not change
  endpoint(
    app,
    'GET /api/v1/openapi.json',
    { open: 'it says what the source code says', about: 'This document.', answer: z.looseObject({}) },
    async (_, __, reply) => {
      text ??= JSON.stringify(openApi(app.declarations));
      return reply.type('application/json; charset=utf-8').send(text);
    },
  );
}
