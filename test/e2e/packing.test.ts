import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Story } from '../../src/trace/story.ts';
import { hasTool, makeTar, makeZip, through } from '../archives.ts';
import { ROOT, SAMPLE_TIME, scratch, storyOf } from './program.ts';

const at = scratch();
const SAMPLE = join(ROOT, 'sample/incident');
cpSync(SAMPLE, at('incident'), { recursive: true });
const HOSTS = ['gate', 'shop', 'vault'] as const;

const files = readdirSync(SAMPLE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.path, entry.name))
  .sort()
  .map((path) => ({ name: path.slice(SAMPLE.length + 1), body: readFileSync(path) }));

/**
 * A story without what names the files that it came from, their times (a checkout keeps none) and how long it took.
 * Holes and files are sorted: archives have an order of their own.
 */
function told(story: Story, root: string): Record<string, unknown> {
  const { inputs, totals, actions, missing, ...rest } = story;
  const strip = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(root, '')
        .replaceAll(/(?<=[a-z])\.gz\b/g, ''),
    ) as T;
  const sorted = (items: readonly unknown[]) => items.map((item) => JSON.stringify(strip(item))).sort();
  const { files: _files, bytes: _bytes, seconds: _seconds, ...counts } = totals;
  return {
    ...strip(rest),
    totals: counts,
    actions: actions.map(({ kind, host, target, reason }) => [kind, host, target, reason]),
    missing: sorted(
      missing.map(({ kind, host, file, from, to, detail, suspicion, evidence }) => {
        const until = kind === 'history_emptied' ? null : to; // the file's time
        return { kind, host, file, from, to: until, detail, suspicion, evidence };
      }),
    ),
    read: sorted(
      inputs.map(({ path, size, lines, events, unparsed, parsers }) => [path, size, lines, events, unparsed, parsers]),
    ),
  };
}

/** What must not depend on the order of arguments at all, each list sorted. */
function outcome(story: Story): unknown {
  const { verdict, confidence, from, to, entries, sessions, attackers, findings, missing, actions, block, totals } =
    story;
  const set = (items: readonly (readonly unknown[])[]) => items.map((item) => JSON.stringify(item)).sort();
  return {
    known: [verdict, confidence, from, to, block, totals.lines, totals.events, totals.failures],
    entries: set(
      entries.map((one) => [one.at, one.host, one.user, one.method, one.address, one.failuresBefore, one.reasons]),
    ),
    sessions: set(
      sessions.map((one) => [
        one.host,
        one.user,
        one.address,
        one.start,
        one.end,
        one.state,
        one.root,
        one.steps.length,
      ]),
    ),
    attackers: set(
      attackers.map((one) => [one.address, one.kinds, one.first, one.last, one.failures, [...one.hosts].sort()]),
    ),
    findings: set(findings.map((one) => [one.title, one.level, one.at, one.host, one.detail, one.count])),
    missing: set(missing.map((one) => [one.kind, one.host, one.file, one.detail, one.suspicion])),
    actions: set(
      actions.filter(({ kind }) => kind !== 'block').map((one) => [one.kind, one.host, one.target, one.reason]),
    ),
  };
}

const asFolder = await storyOf([...SAMPLE_TIME, at('incident')]);
const plain = told(asFolder, `${at('incident')}/`);
const tar = makeTar(files);

/** Also where the stamps of the files are lost, and whatever the name is. */
const PACKED: readonly [name: string, body: () => Buffer][] = [
  ['incident.tar', () => tar],
  ['incident.tar.gz', () => gzipSync(tar)],
  ['incident.tgz', () => gzipSync(tar)],
  ['incident.zip', () => makeZip(files)],
  ['evidence', () => gzipSync(tar)],
  ['wrong.zip', () => tar],
];

describe.concurrent('the same logs tell the same story', () => {
  test.each(PACKED)('as %s', async (name, body) => {
    writeFileSync(at(name), body());
    expect(told(await storyOf([...SAMPLE_TIME, at(name)]), `${at(name)}!/`)).toEqual(plain);
  });

  test.each([
    ['xz', ['-c']],
    ['zstd', ['-c', '-q']],
    ['bzip2', ['-c']],
  ])('as a tar through %s', async (program, args) => {
    if (!hasTool(program)) return;
    const path = at(`incident.tar.${program}`);
    writeFileSync(path, through(program, args, tar));
    expect(told(await storyOf([...SAMPLE_TIME, path]), `${path}!/`)).toEqual(plain);
  });

  test('with some files compressed', async () => {
    const root = at('mixed');
    for (const { name, body } of files) {
      mkdirSync(join(root, name, '..'), { recursive: true });
      const packed = /auth\.log$|btmp$|access\.log$/.test(name);
      writeFileSync(join(root, packed ? `${name}.gz` : name), packed ? gzipSync(body) : body);
    }
    expect(told(await storyOf([...SAMPLE_TIME, root]), `${root}/`)).toEqual(plain);
  });

  test('through standard input', async () => {
    expect(told(await storyOf([...SAMPLE_TIME, '-'], { input: gzipSync(tar) }), '-!/')).toEqual(plain);
  });

  test('through the shell’s <(command)', async () => {
    writeFileSync(at('piped.tar'), tar);
    const command = `"$0" "$1" investigate --json ${SAMPLE_TIME.join(' ')} <(cat "$2")`;
    const shown = execFileSync('bash', ['-c', command, process.execPath, join(ROOT, 'bin/spoor'), at('piped.tar')], {
      maxBuffer: 2 ** 26,
    });
    const story = JSON.parse(shown.toString()) as Story;
    expect(told(story, `${story.inputs[0]?.container}!/`)).toEqual(plain);
  });

  test('whatever the order of arguments, and with a folder named twice', async () => {
    const orders = [[...HOSTS].reverse(), ['shop', 'gate', 'vault', 'gate', '.']];
    for (const order of orders) {
      const paths = order.map((name) => (name === '.' ? at('incident') : at('incident', name)));
      expect(outcome(await storyOf([...SAMPLE_TIME, ...paths]))).toEqual(outcome(asFolder));
    }
  });

  test('also on one thread', async () => {
    expect(told(await storyOf(['--threads', '0', ...SAMPLE_TIME, at('incident')]), `${at('incident')}/`)).toEqual(
      plain,
    );
  });
});

test('nor do ids, order and evidence of what is told depend on it', async () => {
  const { findings, missing, attackers } = await storyOf([
    ...SAMPLE_TIME,
    ...[...HOSTS].reverse().map((host) => at('incident', host)),
  ]);
  expect({ findings, missing, attackers }).toEqual({
    findings: asFolder.findings,
    missing: asFolder.missing,
    attackers: asFolder.attackers,
  });
});

describe.concurrent('one host’s logs left out', () => {
  test.each([
    ['gate', ['shop svc-batch 10.77.0.11', 'shop svc-batch 10.77.0.11', 'vault root 10.77.0.11']],
    [
      'vault',
      [
        'gate svc-batch 203.0.113.77',
        'gate svc-batch 203.0.113.77',
        'shop svc-batch 10.77.0.11',
        'shop svc-batch 10.77.0.11',
      ],
    ],
  ])('without %s it is still a breach', async (left, entries) => {
    const paths = HOSTS.filter((host) => host !== left).map((host) => at('incident', host));
    const story = await storyOf([...SAMPLE_TIME, ...paths]);
    expect(story.verdict).toBe('breached');
    expect(story.entries.map(({ host, user, address }) => `${host} ${user} ${address}`)).toEqual(
      expect.arrayContaining(entries),
    );
    expect(story.hosts.map(({ host }) => host)).not.toContain(left);
  });

  test('without shop, vault’s entry is told still', async () => {
    const story = await storyOf([...SAMPLE_TIME, at('incident/gate'), at('incident/vault')]);
    expect(story.entries.map(({ host, user }) => `${host} ${user}`)).toContain('vault root');
  });
});
