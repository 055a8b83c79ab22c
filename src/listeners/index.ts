import { loadFolder } from '../core/registry.ts';
import type { Source } from '../core/stages.ts';

/** Every listener in this folder, by name. */
export const listeners: readonly Source[] = await loadFolder<Source>(import.meta.url);
