import { listConfigs } from '../enrichers/lists/list-config.ts';
import { Lists } from '../enrichers/lists/lists.ts';
import type { ServeOptions } from './serve.ts';

/** So long the index waits for lists that have to be fetched first; milliseconds. What is indexed meanwhile is not enriched by them. */
const PATIENCE_MS = 15_000;

/** The lists of a server's configuration, to be started. Throws E_CONFIG for two of the same name. */
export function listsOf({ config, paths, log }: Pick<ServeOptions, 'config' | 'paths' | 'log'>): Lists {
  return new Lists({
    folder: paths.intel,
    lists: listConfigs(config.enrich),
    onTrouble: (list, failure) => log.say('warn', `list ${list}`, failure),
  });
}

/** Resolves when each list was loaded, or tried, once; or when that takes long. */
export async function listsLoaded({ ready }: Lists): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([ready, enough]);
  clearTimeout(timer);
}
