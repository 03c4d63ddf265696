import {relative} from 'node:path';
import {readyImage} from '../../build/ready-image.ts';
import {testImage} from '../../build/test-image.ts';
import {LeanosError} from '../../core/error.ts';
import type {TrialResult} from '../../vm/trial.ts';
import type {Context} from '../context.ts';
import type {TestOptions} from '../machine-options.ts';
import {buildChoice} from '../image-options.ts';

/** `leanos test`: exit status 1 when a promise is not kept. */
export async function testCommand(options: TestOptions, context: Context): Promise<void> {
  const {firmware, memory: memoryMib} = options;
  await using ready = await readyImage(await buildChoice(options, context.workspace), context, {firmware});
  context.quiet();
  const {image, version, arch} = ready.built.prepared.request;
  context.say(`leanos: ${image.name} ${version} ${arch.name} under ${ready.accelerator}`);
  const onResult = (result: TrialResult): void => context.say(resultLine(result));
  const {record, path} = await testImage(ready, {memoryMib, firmware, onResult}, context);
  context.quiet();
  if (options.json === true) context.print(JSON.stringify(record, null, 1));
  else
    context.print(
      `${record.passed} passed, ${record.failed} failed; recorded in ${relative(process.cwd(), path)}`,
    );
  if (record.failed === 0) return;
  const message = `${record.failed} promises are not kept`;
  if (options.json !== true) throw new LeanosError('BOOT_FAILED', message);
  // The record is the one JSON value on standard output; an error would be a second one.
  context.say(`leanos: ${message}`);
  process.exitCode = 1;
}

function resultLine({path, promise, kept, found}: TrialResult): string {
  return `  ${kept ? '✓' : '✗'} ${path}: ${promise}${kept ? '' : `; found: ${found}`}`;
}
