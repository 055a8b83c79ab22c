import { join } from 'node:path';
import { afterAll } from 'vitest';
import { stateContract } from '../../test/state-contract.ts';
import { passableFolder } from '../../test/state-folder.ts';
import { openState } from './open.ts';

const base = passableFolder();
afterAll(() => base.remove());

stateContract('bundled PostgreSQL', { open: () => openState({ folder: join(base.path, 'state') }) });
