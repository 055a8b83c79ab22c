import { loadFolder } from '../core/registry.ts';
import type { Source } from '../core/stages.ts';

/** Every collector in this folder, by name. */
export const collectors: readonly Source[] = await loadFolder<Source>(import.meta.url);
