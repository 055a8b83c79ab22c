import type { HostsView } from '../api/view.ts';
import { AppError } from '../core/errors.ts';
import { actOf } from './act.ts';
import { Enrolment, NOT_CONFIGURED, needsOwnTls } from './enrolment.ts';
import type { Server } from './serve.ts';

/** Starts what a server's own certificates need; null where nothing needs them. */
export async function startEnrolment(server: Server): Promise<Enrolment | null> {
  const { config, paths, log } = server.options;
  if (!needsOwnTls(config)) return null;
  return Enrolment.start({
    config,
    folder: paths.tls,
    log,
    state: () => server.state.state,
    act: actOf(server),
    recordsPort: () => recordsPort(server),
  });
}

/** Where the first source listens that takes RELP from hosts with our certificates; null when none runs. */
function recordsPort({ options, sourceStates }: Server): number | null {
  const source = options.config.sources.find((one) => one.type === 'relp-tls' && 'tls' in one && one.tls === 'own');
  if (source === undefined) return null;
  const bound = /:(?<port>\d{1,5})$/.exec(sourceStates.get(source.name ?? source.type)?.address ?? '');
  return bound === null ? null : Number(bound.groups?.['port']);
}

/** Hosts, for the API. */
export function hostsOf(server: Server): HostsView {
  const enrolment = (): Enrolment => {
    if (server.enrolment === null) throw new AppError('E_USAGE', NOT_CONFIGURED);
    return server.enrolment;
  };
  return {
    list: async () => enrolment().hosts(),
    offer: async (host, who) => enrolment().offer(host, who),
    revoke: async (host, why, who) => enrolment().revoke(host, why, who),
  };
}
