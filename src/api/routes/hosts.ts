import type { FastifyInstance } from 'fastify';
import { askerOf } from '../caller.ts';
import { endpoint } from '../endpoint.ts';
import { hosts as hostsAnswer, offer, offerWish, revoked, revokeWish } from '../schemas/accounts.ts';
import type { ServerView } from '../view.ts';

/** /api/v1/hosts: who is enrolled; POST enrols one, POST /revoke ends one. */
export function registerHosts(app: FastifyInstance, { hosts }: ServerView): void {
  endpoint(
    app,
    'GET /api/v1/hosts',
    { needs: 'hosts', about: 'Hosts that have, or had, a certificate of this server.', answer: hostsAnswer },
    async () => ({ hosts: await hosts.list() }),
  );
  endpoint(
    app,
    'POST /api/v1/hosts',
    { needs: 'hosts', about: 'Offers a host to send here: a script that enrols it.', query: offerWish, answer: offer },
    async ({ query: { host, who } }, request) => hosts.offer(host, askerOf(request, who)),
  );
  endpoint(
    app,
    'POST /api/v1/hosts/revoke',
    { needs: 'hosts', about: 'Ends what a host was given.', query: revokeWish, answer: revoked },
    async ({ query: { host, why, who } }, request) => hosts.revoke(host, why, askerOf(request, who)),
  );
}
