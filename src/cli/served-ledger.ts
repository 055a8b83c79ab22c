import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatVerifierKey } from '../core/tlog/note.ts';
import { VKEY } from '../ledger/folder-check.ts';
import type { ServedConfig } from '../server/config-schema.ts';
import type { OwnLog } from '../server/own-log.ts';
import type { Layout } from '../server/paths.ts';
import type { ServeOptions } from '../server/serve.ts';
import { genesisPolicy } from '../server/upkeep.ts';
import { type Wall, wallSigner } from '../server/walls.ts';
import { type TellOfWitness, witnessWords } from './ledger-cosigning.ts';
import { initLedger, ledgerKey, openForWriting } from './ledger-writing.ts';

/** A server's ledger: made where there is none yet, and opened for writing. */
export function servedLedger(
  paths: Layout,
  config: ServedConfig,
  { wall, log }: { readonly wall: Wall; readonly log: OwnLog },
): Pick<ServeOptions, 'openLedger' | 'ledgerKey'> {
  const { origin, keyFile = null } = config.ledger;
  return {
    openLedger: async () => {
      if (!existsSync(join(paths.ledger, VKEY))) await initLedger(paths.ledger, origin, genesisPolicy(config), keyFile);
      wallSigner(paths.ledger, wall);
      const tell: TellOfWitness = (alarm) => log.say('warn', 'witness', witnessWords(alarm));
      const { ledger, cosigning, close } = await openForWriting(paths.ledger, { keyFile, tell });
      return { ledger, close, cosigning: () => cosigning.standing(), cosign: () => cosigning.round() };
    },
    ledgerKey: () => formatVerifierKey(ledgerKey(paths.ledger)),
  };
}
