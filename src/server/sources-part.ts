import { setMaxListeners } from 'node:events';
import { AppError } from '../core/errors.ts';
import type { SourceNote } from '../core/stages.ts';
import { type ConfiguredSource, type RunnerOptions, runSource } from '../pipeline/source-runner.ts';
import { withOwnTls } from './enrolment.ts';
import type { Server } from './serve.ts';

/**
 * Starts all sources that are configured; resolves when all have ended, after `signal`. `positions`: where each stream stood in what the
 * ledger holds.
 */
export function runSources(
  server: Server,
  positions: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<unknown> {
  setMaxListeners(0, signal); // each source listens for its end
  const options = runnerOf(server, positions, signal);
  return Promise.all(configured(server).map((source) => runSource(source, options)));
}

function configured({ options }: Server): ConfiguredSource[] {
  return options.config.sources.map(({ type, name, erasable, ...config }) => {
    const source = options.sources.find((one) => one.name === type);
    if (source === undefined) throw new AppError('E_CONFIG', `there is no source of type ${type}`);
    return { source, config: withOwnTls(config, options.paths.tls), name: name ?? type, erasable };
  });
}

function runnerOf(server: Server, positions: ReadonlyMap<string, string>, signal: AbortSignal): RunnerOptions {
  const { intake, book, measures, watching, sourceStates, options } = server;
  const { log, paths } = options;
  return {
    emit: (batch, how) => intake.emit(batch, how),
    onNote: (name, note) => {
      if (isProbe(server, note)) return;
      book.noted(name, note);
      measures.noted(name, note);
      if (note.kind === 'disconnected' && note.reason === 'closed') intake.closed(note.via ?? '');
      if (note.kind === 'connected' || note.kind === 'disconnected') return;
      log.say('warn', name, [note.kind, note.reason, note.via, note.detail].filter(Boolean).join(' '));
    },
    onState: (state) => {
      sourceStates.set(state.name, { ...state });
      watching.source(state);
      if (state.failure !== null) log.say('error', state.name, state.failure);
    },
    lastPosition: (stream) => positions.get(stream) ?? null,
    nowUs: () => Date.now() * 1000, // it follows a clock that is set
    folderOf: (name) => `${paths.sources}/${name}`,
    signal,
  };
}

/** Is it of a connection that we made ourselves? It is told once at most. */
function isProbe({ probes }: Server, { kind, via = '' }: SourceNote): boolean {
  return kind === 'refused' && probes.delete(via.slice(via.indexOf(':') + 1));
}
