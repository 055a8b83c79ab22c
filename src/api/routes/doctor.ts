import type { FastifyInstance } from 'fastify';
import { endpoint } from '../endpoint.ts';
import { doctorAnswer } from '../schemas/server.ts';
import type { ServerView } from '../view.ts';

/** GET /api/v1/doctor: tries everything. */
export function registerDoctor(app: FastifyInstance, view: ServerView): void {
  endpoint(
    app,
    'GET /api/v1/doctor',
    { needs: 'operate', about: 'Tries all parts, which takes some seconds.', answer: doctorAnswer },
    async () => ({ lines: await view.doctor() }),
  );
}
