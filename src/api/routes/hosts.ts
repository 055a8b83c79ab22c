import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { askerOf } from '../caller.ts';
import { read } from '../form.ts';
import type { ServerView } from '../view.ts';

const who = z.string().min(1).max(200).optional();
const host = z.string().min(1).max(253);
const offerQuery = z.strictObject({ host, who });
const revokeQuery = z.strictObject({ host, who, why: z.string().max(400).default('') });

const HOSTS = { config: { needs: 'hosts' } } as const;

/** /api/v1/hosts: who is enrolled; POST enrols one, POST /revoke ends one. */
export function registerHosts(app: FastifyInstance, { hosts }: ServerView): void {
  app.get('/api/v1/hosts', HOSTS, async () => ({ hosts: await hosts.list() }));
  app.post('/api/v1/hosts', HOSTS, async (request) => {
    const asked = read(offerQuery, request.query);
    return hosts.offer(asked.host, askerOf(request, asked.who));
  });
  app.post('/api/v1/hosts/revoke', HOSTS, async (request) => {
    const asked = read(revokeQuery, request.query);
    return hosts.revoke(asked.host, asked.why, askerOf(request, asked.who));
  });
}
