import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {sha256} from '../../src/core/canonical.ts';
import {LeanosError} from '../../src/core/error.ts';
import type {BuildEvent} from '../../src/pipeline/events.ts';
import {execute, type ExecuteOptions} from '../../src/pipeline/execute.ts';
import {Plan, stepKey} from '../../src/pipeline/plan.ts';
import {defineStage, type Options} from '../../src/pipeline/stage.ts';
import {processIdentity} from '../../src/system/process-identity.ts';
import {openKeptFolder} from '../../src/system/kept-folder.ts';
import {Store} from '../../src/pipeline/store.ts';
import {recordRun} from '../support/record-run.ts';
import {temporary} from '../support/temporary.ts';

/** A stage that writes its text, after what it is told to do. */
function writer(name: string, before: () => Promise<void> | void = () => undefined) {
  return defineStage<{readonly text: string}, never>({
    name,
    revision: 1,
    tools: [],
    inputs: [],
    async build({options, out}) {
      await before();
      writeFileSync(join(out, 'text'), options.text);
    },
  });
}

function executing(
  folder: string,
  more: Partial<ExecuteOptions> = {},
): ExecuteOptions & {events: BuildEvent[]} {
  const events: BuildEvent[] = [];
  return {
    store: new Store(folder),
    roots: [],
    report: (event) => void events.push(event),
    doors: () => ({
      run: recordRun().run,
      fetch: () => Promise.resolve([]),
      progress: () => undefined,
      note: () => undefined,
      keep: (name) => openKeptFolder(join(folder, 'kept'), name),
      debianSources: {find: () => Promise.resolve(new Map()), versions: () => Promise.resolve(new Map())},
      compilerCache: undefined,
      userFile: (sha256) => sha256,
    }),
    jobs: 2,
    events,
    ...more,
  };
}

describe('keys', () => {
  const stage = {name: 'usr', revision: 1};
  const parts = {options: {a: 1, b: 2} as Options, inputs: {x: {key: 'k'}}, tools: {key: 't'}, epoch: 5};
  const key = stepKey(stage, parts);

  test('do not depend on the order of options', () => {
    expect(stepKey(stage, {...parts, options: {b: 2, a: 1}})).toBe(key);
  });

  test.each([
    ['the name', {...stage, name: 'other'}, parts],
    ['the revision', {...stage, revision: 2}, parts],
    ['an option', stage, {...parts, options: {a: 1, b: 3}}],
    ['an input', stage, {...parts, inputs: {x: {key: 'l'}}}],
    ['the name of an input', stage, {...parts, inputs: {y: {key: 'k'}}}],
    ['the tools', stage, {...parts, tools: {key: 'u'}}],
    ['the epoch', stage, {...parts, epoch: 6}],
  ])('change with %s', (_what, changed, with_) => {
    expect(stepKey(changed, with_)).not.toBe(key);
  });

  test('of a timeless stage do not change with the epoch', () => {
    const timeless = {...stage, timeless: true} as const;
    expect(stepKey(timeless, parts)).toBe(stepKey(timeless, {...parts, epoch: 6}));
  });
});

test('equal steps are one step', () => {
  const plan = new Plan(0);
  const stage = writer('a');
  expect(plan.add(stage, {text: 'x'}, {})).toBe(plan.add(stage, {text: 'x'}, {}));
  expect(plan.steps).toHaveLength(1);
});

test('what is in the store is not built again', async () => {
  const folder = temporary();
  const plan = new Plan(0);
  const step = plan.add(writer('a'), {text: 'x'}, {});
  const [first] = await execute(plan, executing(folder));
  const [second] = await execute(plan, executing(folder));
  expect([first?.cached, second?.cached]).toEqual([false, true]);
  expect(readFileSync(join(folder, step.key, 'text'), 'utf8')).toBe('x');
});

test('an artifact that lost bytes is built again', async () => {
  const folder = temporary();
  const plan = new Plan(0);
  const step = plan.add(writer('a'), {text: 'x'}, {});
  await execute(plan, executing(folder));
  writeFileSync(join(folder, step.key, 'text'), '');
  const [outcome] = await execute(plan, executing(folder));
  expect(outcome?.cached).toBe(false);
  expect(readFileSync(join(folder, step.key, 'text'), 'utf8')).toBe('x');
});

test('a stage knows the digests of its inputs without reading them', async () => {
  const folder = temporary();
  const plan = new Plan(0);
  const made = plan.add(writer('made'), {text: 'x'}, {});
  const list = defineStage<Options, 'made'>({
    ...{name: 'list', revision: 1, tools: [], inputs: ['made']},
    async build({inputs, digest, out}) {
      // What is noted, not what is read: the file is another one by now.
      writeFileSync(join(inputs.made, 'text'), 'y');
      writeFileSync(join(out, 'digest'), await digest('made', 'text'));
      await expect(digest('made', 'other')).rejects.toThrow('has no file other');
    },
  });
  const listed = plan.add(list, {}, {made});
  await execute(plan, executing(folder));
  expect(readFileSync(join(folder, listed.key, 'digest'), 'utf8')).toBe(sha256('x'));
});

test('a stage that fails leaves nothing', async () => {
  const folder = temporary();
  const plan = new Plan(0);
  plan.add(
    writer('a', () => {
      throw new LeanosError('COMMAND_FAILED', 'exit status 1');
    }),
    {text: 'x'},
    {},
  );
  await expect(execute(plan, executing(folder))).rejects.toThrow('stage a failed: exit status 1');
  expect(readdirSync(folder)).toEqual([]);
});

test('after a failure nothing new is started, and the failure is what is thrown', async () => {
  const plan = new Plan(0);
  plan.add(
    writer('bad', () => {
      throw new LeanosError('NO_SPACE', 'full');
    }),
    {text: '1'},
    {},
  );
  for (const text of ['2', '3', '4']) plan.add(writer('next'), {text}, {});
  const options = executing(temporary(), {jobs: 1});
  await expect(execute(plan, options)).rejects.toThrow('full');
  // Which of them is first is the store's answer that comes first.
  const types = options.events.map(({type}) => type);
  expect(types.slice(types.indexOf('failed'))).not.toContain('started');
  expect(types).toContain('failed');
});

test('leftovers of a killed build go, also where another has its number by now; those of a running one stay', async () => {
  const folder = temporary();
  const own = processIdentity();
  const [boot = '', namespace = '', pid = '', started = ''] = own.split('-');
  const foreign = [
    String(process.pid),
    `${boot}-${namespace}-999999999-${started}`,
    `${boot}-${namespace}-${pid}-${started}1`,
    `${'0'.repeat(32)}-${namespace}-${pid}-${started}`,
  ];
  for (const name of foreign) mkdirSync(join(folder, `.tmp-${name}-dead`));
  mkdirSync(join(folder, `.tmp-${own}-alive`));
  await new Store(folder).sweep();
  expect(readdirSync(folder)).toEqual([`.tmp-${own}-alive`]);
});

test('two builds of one key at once are both right', async () => {
  const folder = temporary();
  const plan = new Plan(0);
  const step = plan.add(
    writer('a', () => Promise.resolve()),
    {text: 'x'},
    {},
  );
  await Promise.all([execute(plan, executing(folder)), execute(plan, executing(folder))]);
  expect(readFileSync(join(folder, step.key, 'text'), 'utf8')).toBe('x');
  expect(readdirSync(folder)).toEqual([step.key]);
});

describe('an artifact is what was built, not what has its name and size', () => {
  async function stored(): Promise<{folder: string; plan: Plan; path: string}> {
    const folder = temporary();
    const plan = new Plan(0);
    const step = plan.add(writer('a'), {text: 'right'}, {});
    await execute(plan, executing(folder));
    return {folder, plan, path: join(folder, step.key, 'text')};
  }

  test.each([
    [
      'other bytes of the same size and time',
      (path: string) => {
        const {atime, mtime} = statSync(path);
        writeFileSync(path, 'wrong');
        utimesSync(path, atime, mtime);
      },
    ],
    [
      'another file in its place',
      (path: string) => {
        writeFileSync(`${path}.new`, 'wrong');
        renameSync(`${path}.new`, path);
      },
    ],
    [
      'a link in its place',
      (path: string) => {
        rmSync(path);
        symlinkSync('/dev/null', path);
      },
    ],
    ['no file', (path: string) => rmSync(path)],
    ['a file that may be run', (path: string) => chmodSync(path, 0o755)],
  ])('%s: said, and built again', async (_what, damage) => {
    const {folder, plan, path} = await stored();
    damage(path);
    const options = executing(folder);
    const [outcome] = await execute(plan, options);
    expect(outcome?.cached).toBe(false);
    expect(options.events).toContainEqual({
      type: 'warning',
      text: 'a was damaged in the store; it is built again',
    });
    expect(readFileSync(path, 'utf8')).toBe('right');
  });

  test('a copy of the store, or one after a reboot, is read once, and then looked at', async () => {
    const {folder, plan} = await stored();
    const copy = temporary();
    cpSync(folder, copy, {recursive: true});
    const [outcome] = await execute(plan, executing(copy));
    expect(outcome?.cached).toBe(true);
    const checked = join(copy, plan.steps[0]?.key ?? '', '.checked.json');
    const fresh = readFileSync(checked, 'utf8');
    writeFileSync(checked, fresh.replace(/"boot":"[^"]*"/, '"boot":"earlier"'));
    await execute(plan, executing(copy));
    expect(readFileSync(checked, 'utf8')).toBe(fresh);
  });

  test('no file of the store has a second name', async () => {
    const {folder} = await stored();
    for (const entry of readdirSync(folder, {recursive: true, withFileTypes: true}))
      if (entry.isFile()) expect(statSync(join(entry.parentPath, entry.name)).nlink).toBe(1);
  });
});
