import {join, relative} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {planDisk} from '../../formats/disk-layout.ts';
import {defaultFirmware, type Firmware} from '../../vm/boot-image.ts';
import {loadRecord, writeRecord} from '../../release/record.ts';
import {writeWhole} from '../../system/whole-file.ts';
import {timeScale} from '../../vm/time-scale.ts';
import {tryContracts} from '../../vm/contract-trial.ts';
import {tryImage, type TrialResult} from '../../vm/trial.ts';
import type {BuildResult} from '../build-image.ts';
import type {Context} from '../context.ts';
import {readyGuest} from '../guest.ts';
import {isoTime, nowMs} from '../now.ts';
import type {TestOptions} from '../guest-options.ts';

const TIMEOUT_MS = 120_000;

/** `leanos test`: exit status 1 when a promise is not kept. */
export async function testCommand(options: TestOptions, context: Context): Promise<void> {
  await using guest = await readyGuest(options, context);
  const {built, image, accelerator} = guest;
  const {request} = built.prepared;
  context.say(`leanos: ${request.image.name} ${request.version} ${request.arch.name} under ${accelerator}`);
  const trial = {
    folder: guest.folder,
    memoryMib: options.memory,
    accelerator,
    run: guest.run,
    user: request.image.login.user,
    imageBytes: planDisk(request.image.disk, {arch: request.arch.name, seed: ''}).bytes,
    timeoutMs: TIMEOUT_MS * timeScale(context.environment),
    logs: context.workspace.cache.logs,
    signal: context.signal,
    onResult: (result: TrialResult) => context.say(resultLine(result)),
  };
  const paths = options.firmware === undefined ? pathsOf(image.arch) : [options.firmware];
  const results = await tryImage(image, {...trial, paths});
  const {contracts} = request.image;
  if (contracts.length > 0) results.push(...(await tryContracts(image, contracts, trial)));
  const record = testRecord(built, {accelerator, results});
  const path = join(
    built.directory,
    `leanos-${request.version}-${request.image.name}-${request.arch.name}-tests.json`,
  );
  await writeWhole(path, `${JSON.stringify(record, null, 1)}\n`);
  if (built.prepared.origin.digests !== undefined) await recordTest(record, context);
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

/** Into the record of the release: what `promote` asks for, tied to the bytes that were tested. */
async function recordTest(
  {version, image, arch, digests, passed, failed, accelerator}: ReturnType<typeof testRecord>,
  context: Context,
): Promise<void> {
  const {checkout} = context.workspace;
  const release = await loadRecord(checkout, version);
  const built = release?.images[`${image}-${arch}`];
  if (release === undefined || built === undefined) return;
  const tests = {
    usr: digests['usr'] ?? '',
    passed,
    failed,
    accelerator,
    at: isoTime(nowMs(context.environment)),
  };
  const images = {...release.images, [`${image}-${arch}`]: {...built, tests}};
  await writeRecord(checkout, {...release, images});
  context.say(`leanos: recorded in releases/${version}/release.json; commit it`);
}

function pathsOf(arch: Parameters<typeof defaultFirmware>[0]): Firmware[] {
  const bios: Firmware[] = arch.grub.bios === undefined ? [] : ['bios'];
  const uefi: Firmware[] = arch.efiFile === undefined ? [] : ['uefi'];
  return [...bios, ...uefi, 'direct'];
}

function resultLine({path, promise, kept, found}: TrialResult): string {
  return `  ${kept ? '✓' : '✗'} ${path}: ${promise}${kept ? '' : `; found: ${found}`}`;
}

/** What promote asks for later: the result, tied to the bytes that were tested. */
function testRecord(
  {prepared: {request, choice}, artifacts}: BuildResult,
  {accelerator, results}: {accelerator: string; results: readonly TrialResult[]},
) {
  const digests = Object.fromEntries(
    artifacts.map(({kind, format, sha256}) => [kind === 'disk' ? `disk.${format}` : kind, sha256]),
  );
  return {
    version: request.version,
    channel: choice.channel,
    image: request.image.name,
    arch: request.arch.name,
    digests,
    accelerator,
    passed: results.filter(({kept}) => kept).length,
    failed: results.filter(({kept}) => !kept).length,
    results,
  };
}
