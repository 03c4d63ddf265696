import {relative} from 'node:path';
import {hostArchitecture} from '../../core/architecture.ts';
import {formatSize} from '../../core/size.ts';
import {quote} from '../../system/run.ts';
import {buildImage} from '../../build/build-image.ts';
import {buildReport} from '../../build/image-value.ts';
import type {BuildResult} from '../../build/execute-build.ts';
import type {Context} from '../context.ts';
import {buildChoice, type ImageOptions} from '../image-options.ts';

/** `leanos build` */
export async function buildCommand(
  options: ImageOptions & {readonly json?: boolean},
  context: Context,
): Promise<void> {
  const result = await buildImage(await buildChoice(options, context.workspace), context);
  context.quiet();
  const seconds = process.uptime();
  if (options.json === true) context.print(JSON.stringify(buildReport(result, seconds), null, 1));
  else context.print(buildSummary(result, seconds, options));
}

function buildSummary(
  {prepared, artifacts, outcomes}: BuildResult,
  seconds: number,
  {image, out, payload, payloadMode, payloadArgs}: ImageOptions,
): string {
  const {choice, request} = prepared;
  const built = outcomes.filter(({cached}) => !cached).length;
  const disk = artifacts.find(({kind}) => kind === 'disk');
  const {arch} = request;
  const words = [
    'leanos run',
    ...(image === undefined ? [] : [image]),
    ...(choice.channel === 'alpha' ? [] : [`--channel ${choice.channel}`]),
    ...(arch.name === hostArchitecture().name ? [] : [`--arch ${arch.name}`]),
    ...(payload === undefined ? [] : [`--payload ${quote([payload])}`]),
    ...(payloadMode === undefined ? [] : [`--payload-mode ${payloadMode}`]),
    ...(payloadArgs === undefined ? [] : [`--payload-args ${quote([payloadArgs])}`]),
    ...(out === undefined ? [] : [`--out ${out}`]),
  ];
  return [
    `image    ${disk === undefined ? '' : relative(process.cwd(), disk.path)}`,
    `size     ${formatSize(disk?.bytes ?? 0)}`,
    `version  ${request.version}, ${prepared.origin.note}`,
    `took     ${seconds.toFixed(1)} s; ${built} of ${outcomes.length} stages built, the others were in the store`,
    `boot it  ${words.join(' ')}`,
  ].join('\n');
}
