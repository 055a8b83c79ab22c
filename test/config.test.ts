import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { collectors } from '../src/collectors/index.ts';
import { readConfig } from '../src/core/config.ts';
import { listeners } from '../src/listeners/index.ts';
import { configSchema } from '../src/server/config-schema.ts';

// Every file in config/valid is read; every one in config/invalid is refused with what its first line wants.

const schema = configSchema([...collectors, ...listeners]);
const secrets = { env: { CLICKHOUSE_PASSWORD: 'correct horse' }, readFile: () => '' };
const folder = (name: string) => new URL(`./config/${name}/`, import.meta.url);
const files = (name: string) => readdirSync(folder(name)).filter((file) => file.endsWith('.yml'));
const text = (name: string, file: string) => readFileSync(new URL(file, folder(name)), 'utf8');

describe('configurations', () => {
  test.each(files('valid'))('%s is read', (file) => {
    expect(readConfig(text('valid', file), file, schema, secrets)).toMatchObject({ http: { host: '127.0.0.1' } });
  });

  test.each(files('invalid'))('%s is refused', (file) => {
    const wants = /^# wants: (?<message>.+)/.exec(text('invalid', file))?.groups?.['message'];
    expect(wants).toBeDefined();
    const read = () => readConfig(text('invalid', file), file, schema, secrets);
    expect(read).toThrow(
      expect.objectContaining({ code: 'E_CONFIG', message: expect.stringContaining(`${file}:${wants}`) }),
    );
    expect(read).not.toThrow(/hunter2|correct horse/);
  });
});
