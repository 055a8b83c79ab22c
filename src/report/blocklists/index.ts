import { loadFolder } from '../../core/registry.ts';
import type { BlockForm } from '../block-form.ts';

/** Every form of a block list in this folder, by name. */
export const blockForms: readonly BlockForm[] = await loadFolder<BlockForm>(import.meta.url);
