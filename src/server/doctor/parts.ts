import type { DoctorLine } from '../../api/view.ts';
import { counted } from '../../core/text.ts';
import type { Server } from '../serve.ts';
import { tamperedTodo, tamperedWords } from '../tampering.ts';
import { cosignedOf, isWitnessed, witnessesMissing } from '../witnessing.ts';
import { bad, ok, warn } from './line.ts';

/** So many durable records may wait for the index, at a common rate of 40,000 a second for three seconds. */
const LAG = 120_000;

/** The engine, the state's database, each source, and how far the index lags behind. */
export async function parts(server: Server): Promise<DoctorLine[]> {
  const lines = server.parts().map(({ name, state, detail }) => {
    if (state === 'running') return ok(name, detail === '' ? 'runs' : detail);
    if (state === 'starting') return warn(name, `it is starting: ${detail}`, 'Wait a little, and run it again.');
    return bad(name, detail, todoFor(name));
  });
  const { indexed, durable } = server.index.position;
  const lag = Math.max(0, durable - indexed);
  const words = `${lag.toLocaleString('en')} of ${counted(durable, 'record')} ${lag === 1 ? 'waits' : 'wait'} for the index`;
  const todo =
    'They are safe in the ledger. If it does not fall, the machine is too slow for what comes, or the engine fails.';
  return [...lines, lag <= LAG ? ok('index lag', words) : warn('index lag', words, todo)];
}

function todoFor(name: string): string {
  if (name === 'index')
    return 'Records are kept in the ledger meanwhile. Look at the detail; npm run setup installs the engine.';
  if (name === 'state') return 'Sources and tokens are not known until it answers. Look at the detail.';
  return 'Nothing comes in through it. Put right what the detail says; it is tried again by itself.';
}

/** Is the ledger whole, and is it out of an intruder's reach? */
export async function protection(server: Server): Promise<DoctorLine[]> {
  const tampered = tamperedWords(server);
  if (tampered !== null) return [bad('ledger', tampered, tamperedTodo(server) ?? '')];
  if (server.keeper.size > 0 && server.keeper.sealed === 0)
    return [
      bad('ledger', 'nothing is under a signed checkpoint', 'The signer does not work: the server’s log says why.'),
    ];
  if (isWitnessed(server)) return [witnesses(server)];
  return [
    warn(
      'protection',
      'not yet protected: whoever is root here can change the ledger and its key',
      'Set a witness on another machine (docs/guides/witness.md). Where there is none, let places outside keep checkpoints: ledger.anchors.',
    ),
  ];
}

/** Do the places outside keep the ledger's checkpoints? */
export async function anchors({ upkeep, options }: Server): Promise<DoctorLine[]> {
  const hours = (2 * options.config.ledger.anchorMinutes) / 60;
  return upkeep.anchoring.standing.map(({ place, kept, failure }) => {
    const area = `anchor ${place}`;
    const last =
      kept === null ? 'none since the start' : `the last at ${new Date(kept.atMs).toISOString().slice(0, 19)}Z`;
    if (failure !== null)
      return bad(
        area,
        `${failure}; ${last}`,
        'It is tried again by itself. docs/guides/witness.md says what each word means.',
      );
    if (kept !== null && Date.now() - kept.atMs > hours * 3_600_000)
      return warn(area, `it keeps checkpoints, but ${last}`, 'The server’s log says more.');
    return ok(
      area,
      kept === null
        ? 'it is given a checkpoint soon after the start'
        : `it keeps a checkpoint of ${kept.size.toLocaleString('en')} records, ${last}`,
    );
  });
}

function witnesses(server: Server): DoctorLine {
  const missing = witnessesMissing(server, Date.now());
  if (missing !== null)
    return bad(
      'protection',
      missing,
      'Bring the witnesses back, or see what they say: docs/guides/witness.md. Records are kept and signed meanwhile.',
    );
  const cosigned = cosignedOf(server);
  const soon = 'witnesses are set; none was heard since the start, some seconds ago';
  return ok(
    'protection',
    cosigned === null ? soon : `witnesses cosigned ${cosigned.size.toLocaleString('en')} records`,
  );
}
