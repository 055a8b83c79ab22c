import type { FastifyInstance } from 'fastify';
import { callerOf } from '../caller.ts';
import { endpoint } from '../endpoint.ts';
import type { ExportingView } from '../exporting.ts';
import { leaving } from '../leaving.ts';
import { exportWish } from '../schemas/export.ts';

/** POST /api/v1/export: evidence as a zip file. */
export function registerExport(app: FastifyInstance, exporting: ExportingView): void {
  endpoint(
    app,
    'POST /api/v1/export',
    {
      needs: 'export',
      about:
        'Takes records out as evidence, as they are, with proofs, a table of their events and a manifest. It is kept in the ledger, with the reason.',
      body: exportWish,
      answer: null,
      gives: { 'application/zip': 'manifest.json, events.csv, and evidence/ as `spoor export` writes it.' },
    },
    async ({ body }, request, reply) => {
      const { name, zip } = await exporting.begin(body, callerOf(request), leaving(reply));
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${name}.zip"`)
        .send(zip);
    },
  );
}
