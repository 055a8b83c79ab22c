import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import type { ServerView } from '../view.ts';

const who = z.string().min(1).max(200);
const host = z.string().min(1).max(253);
const offerQuery = z.strictObject({ host, who });
const revokeQuery = z.strictObject({ host, who, why: z.string().max(400).default('') });

/** /api/v1/hosts: who is enrolled; POST enrols one, POST /revoke ends one. On the local socket only. */
export function registerHosts(app: FastifyInstance, { hosts }: ServerView): void {
  app.get('/api/v1/hosts', async () => ({ hosts: await hosts.list() }));
  app.post('/api/v1/hosts', async (request) => {
    const asked = read(offerQuery, request.query);
    return hosts.offer(asked.host, asked.who);
  });
  app.post('/api/v1/hosts/revoke', async (request) => {
    const asked = read(revokeQuery, request.query);
    return hosts.revoke(asked.host, asked.why, asked.who);
  });
}

function read<T>(schema: z.ZodType<T>, query: unknown): T {
  const asked = schema.safeParse(query);
  if (!asked.success) throw new AppError('E_USAGE', z.prettifyError(asked.error).slice(0, 300));
  return asked.data;
}
