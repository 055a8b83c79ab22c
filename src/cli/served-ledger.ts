import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatVerifierKey } from '../core/tlog/note.ts';
import { VKEY } from '../ledger/folder-check.ts';
import type { ServedConfig } from '../server/config-schema.ts';
import type { Layout } from '../server/paths.ts';
import type { ServeOptions } from '../server/serve.ts';
import { genesisPolicy } from '../server/upkeep.ts';
import { type Wall, wallSigner } from '../server/walls.ts';
import { initLedger, ledgerKey, openForWriting } from './ledger-writing.ts';

/** A server's ledger: made where there is none yet, and opened for writing. */
export function servedLedger(
  paths: Layout,
  config: ServedConfig,
  wall: Wall,
): Pick<ServeOptions, 'openLedger' | 'ledgerFacts'> {
  const { origin, keyFile = null } = config.ledger;
  return {
    openLedger: async () => {
      if (!existsSync(join(paths.ledger, VKEY))) await initLedger(paths.ledger, origin, genesisPolicy(config), keyFile);
      wallSigner(paths.ledger, wall);
      return openForWriting(paths.ledger, { keyFile });
    },
    ledgerFacts: () => ({
      key: formatVerifierKey(ledgerKey(paths.ledger)),
      witnessed: existsSync(join(paths.ledger, 'policy.txt')),
    }),
  };
}
