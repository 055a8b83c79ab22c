import { loadFolder } from '../core/registry.ts';
import type { Parser } from '../core/stages.ts';

/** Every parser in this folder, by name. */
export const parsers: readonly Parser[] = await loadFolder<Parser>(import.meta.url);
