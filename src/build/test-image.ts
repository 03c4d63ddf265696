import {join} from 'node:path';
import {diskFirmwares, type Architecture} from '../core/architecture.ts';
import {diskLayout} from '../formats/disk-layout.ts';
import {suiteOf} from '../recipes/input-request.ts';
import {STARTING} from '../recipes/payload/loaders.ts';
import {loadRecord, recordFolder, writeRecord} from '../release/record.ts';
import {FORMAT_KINDS} from '../stages/format/image-format.ts';
import {shownPath} from '../system/shown-path.ts';
import {writeWhole} from '../system/whole-file.ts';
import type {Firmware} from '../vm/boot-image.ts';
import {tryContracts} from '../vm/contract-trial.ts';
import {timeScale} from '../vm/time-scale.ts';
import {tryPayload} from '../vm/payload-trial.ts';
import {tryImage, type TrialResult} from '../vm/trial.ts';
import {bareFirmwares} from './bare-machine.ts';
import type {BuildEnvironment} from './environment.ts';
import type {BuildResult} from './execute-build.ts';
import {isoTime, nowMs} from './now.ts';
import type {ReadyImage} from './ready-image.ts';

const TIMEOUT_MS = 120_000;

/** What is tried, and who hears of each result. */
export interface TestImageOptions {
  readonly memoryMib: number;
  /** The one way to boot it; without it all that the image has. */
  readonly firmware?: Firmware | undefined;
  /** The folder of the consoles' logs; without it that of the cache. */
  readonly logs?: string | undefined;
  readonly onResult: (result: TrialResult) => void;
}

/** What promote asks for later: the result, tied to the bytes that were tested. */
export interface TestRecord {
  readonly version: string;
  readonly channel: string;
  readonly image: string;
  readonly arch: string;
  /** sha256 by kind; of formats by `KIND.FORMAT`. */
  readonly digests: Readonly<Record<string, string>>;
  readonly accelerator: string;
  readonly passed: number;
  readonly failed: number;
  readonly results: readonly TrialResult[];
}

/** Boots an image on every way that it has, tries its promises over ssh, and records the result beside it and in its release. */
export async function testImage(
  ready: ReadyImage,
  options: TestImageOptions,
  env: BuildEnvironment,
): Promise<{readonly record: TestRecord; readonly path: string}> {
  const {built, image, accelerator} = ready;
  const {request, origin} = built.prepared;
  const trial = {
    folder: ready.folder,
    memoryMib: options.memoryMib,
    accelerator,
    run: ready.run,
    user: request.image.login.user,
    suite: suiteOf(request.image, request.arch),
    said: {
      ports: request.image.services.flatMap(({ports}) => ports),
      setuid: request.image.setuid,
    },
    imageBytes: diskLayout(request.image.disk, {arch: request.arch.name, seed: ''}).bytes,
    timeoutMs: TIMEOUT_MS * timeScale(env.environment),
    logs: options.logs ?? env.workspace.cache.logs,
    signal: env.signal,
    onResult: options.onResult,
  };
  const bare = bareFirmwares(request);
  const paths = options.firmware === undefined ? (bare ?? pathsOf(image.arch)) : [options.firmware];
  const results =
    bare === undefined
      ? await tryImage(image, {...trial, paths})
      : await tryPayload(image, {...trial, paths, starting: STARTING});
  const {contracts} = request.image;
  if (contracts.length > 0 && bare === undefined)
    results.push(...(await tryContracts(image, contracts, trial)));
  const record = testRecord(built, {accelerator, results});
  const name = `leanos-${request.version}-${request.image.name}-${request.arch.name}-tests.json`;
  const path = join(built.directory, name);
  await writeWhole(path, `${JSON.stringify(record, null, 1)}\n`);
  if (origin.digests !== undefined) await recordTest(record, env);
  return {record, path};
}

/** Into the record of the release: what `promote` asks for, tied to the bytes that were tested. */
async function recordTest(
  {version, image, arch, digests, passed, failed, accelerator}: TestRecord,
  {workspace: {project}, environment, report}: BuildEnvironment,
): Promise<void> {
  const release = await loadRecord(project, version);
  const built = release?.images[`${image}-${arch}`];
  if (release === undefined || built === undefined) return;
  const tests = {
    usr: digests['usr'] ?? '',
    passed,
    failed,
    accelerator,
    at: isoTime(nowMs(environment)),
  };
  const images = {...release.images, [`${image}-${arch}`]: {...built, tests}};
  await writeRecord(project, {...release, images});
  report({
    type: 'note',
    text: `recorded in ${shownPath(`${recordFolder(project, version)}/release.json`)}; commit it`,
  });
}

function pathsOf(arch: Architecture): Firmware[] {
  return [...diskFirmwares(arch), 'direct'];
}

function testRecord(
  {prepared: {request, choice}, artifacts}: BuildResult,
  {accelerator, results}: {accelerator: string; results: readonly TrialResult[]},
): TestRecord {
  const digests = Object.fromEntries(
    artifacts.map(({kind, format, sha256}) => [
      FORMAT_KINDS.some((known) => known === kind) ? `${kind}.${format}` : kind,
      sha256,
    ]),
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
