import {dirname, relative} from 'node:path';
import type {BuildChoice} from '../../build/choice.ts';
import {readyImage} from '../../build/ready-image.ts';
import {machineMemoryMib} from '../../recipes/payload/payload-request.ts';
import {testImage, type TestRecord} from '../../build/test-image.ts';
import {annotationLine, isGithubJob} from '../../console/github.ts';
import {LeanosError} from '../../core/error.ts';
import type {TrialResult} from '../../vm/trial.ts';
import type {Context} from '../context.ts';
import {buildChoice} from '../image-options.ts';
import {withJunit} from '../junit-file.ts';
import type {TestOptions} from '../machine-options.ts';

/** `leanos test`: exit status 1 when a promise is not kept. */
export async function testCommand(options: TestOptions, context: Context): Promise<void> {
  const results: TrialResult[] = [];
  const onResult = (result: TrialResult): void => {
    results.push(result);
    tell(result, context);
  };
  const choice = await buildChoice(options, context.workspace);
  const record = await withJunit(options.junit, choice, results, context, async () =>
    tried(choice, options, onResult, context),
  );
  if (record.failed === 0) return;
  const message = `${record.failed} promises are not kept`;
  if (options.json !== true) throw new LeanosError('BOOT_FAILED', message);
  // The record is the one JSON value on standard output; an error would be a second one.
  context.say(`leanos: ${message}`);
  process.exitCode = 1;
}

async function tried(
  choice: BuildChoice,
  {firmware, memory, junit, json}: TestOptions,
  onResult: (result: TrialResult) => void,
  context: Context,
): Promise<TestRecord> {
  await using ready = await readyImage(choice, context, {firmware});
  context.quiet();
  const {image, version, arch, payload} = ready.built.prepared.request;
  const memoryMib = memory ?? machineMemoryMib(payload);
  context.say(`leanos: ${image.name} ${version} ${arch.name} under ${ready.accelerator}`);
  const logs = junit === undefined ? undefined : dirname(junit);
  const {record, path} = await testImage(ready, {memoryMib, firmware, logs, onResult}, context);
  context.quiet();
  if (json === true) context.print(JSON.stringify(record, null, 1));
  else
    context.print(
      `${record.passed} passed, ${record.failed} failed; recorded in ${relative(process.cwd(), path)}`,
    );
  return record;
}

function tell({path, promise, kept, found}: TrialResult, context: Context): void {
  context.say(`  ${kept ? '✓' : '✗'} ${path}: ${promise}${kept ? '' : `; found: ${found}`}`);
  if (!kept && isGithubJob(context.environment))
    context.say(annotationLine({level: 'error', title: `${path}: ${promise}`, message: `found: ${found}`}));
}
