import {isArchitectureName, type ArchitectureName} from '../core/architecture.ts';
import {CHANNELS, type Channel, type Pointer} from '../config/channel.ts';
import {compareVersions} from '../core/version.ts';
import type {ReleaseRecord} from './record.ts';

const DAY_MS = 86_400_000;

/** Why something may not be done, and what would help. */
export interface Refusal {
  readonly reason: string;
  readonly help: string;
}

export interface PromotionFacts {
  readonly from: Channel;
  readonly to: Channel;
  /** Of the version that `from` points to. */
  readonly record: ReleaseRecord | undefined;
  readonly nowMs: number;
}

/** All that speaks against moving what one channel points to into another; empty when it may be done. Pure. */
export function judgePromotion({from, to, record, nowMs}: PromotionFacts): Refusal[] {
  const order = wrongOrder(from.name, to.name);
  if (order !== undefined) return [order];
  const {current} = from;
  if (current === undefined)
    return [{reason: `${from.name} points to no release`, help: 'leanos release     makes one on alpha'}];
  if (record === undefined)
    return [
      {
        reason: `releases/${current.version}/release.json is not there`,
        help: 'the project needs the record of the release',
      },
    ];
  const back = goesBack(current.version, to);
  if (back !== undefined) return [back];
  return [...missingImages(record, to), ...untested(record, to), ...unsoaked(current, {from, to, nowMs})];
}

function wrongOrder(from: string, to: string): Refusal | undefined {
  const names: readonly string[] = CHANNELS;
  const [start, end] = [names.indexOf(from), names.indexOf(to)];
  if (end === start + 1) return undefined;
  if (end <= start)
    return {reason: `${from} to ${to} goes back`, help: `a change goes ${CHANNELS.join(', then ')}`};
  const between = names[start + 1] ?? '';
  return {
    reason: `${from} to ${to} skips ${between}`,
    help: `leanos promote ${from} ${between}     comes first`,
  };
}

function goesBack(version: string, {name, current}: Channel): Refusal | undefined {
  if (current === undefined || compareVersions(version, current.version) > 0) return undefined;
  return {
    reason:
      version === current.version
        ? `${name} points to ${version} already`
        : `${name} points to ${current.version}, and ${version} is older: a channel never goes back`,
    help: 'leanos release     makes a newer one; leanos release --fix     mends one',
  };
}

function missingImages(record: ReleaseRecord, to: Channel): Refusal[] {
  return builds(to)
    .filter((name) => record.images[name] === undefined)
    .map((name) => ({
      reason: `${record.version} has no ${name}, which ${to.name} is for`,
      help: 'leanos release     makes all that alpha is for; images of channels/alpha.yaml says what that is',
    }));
}

function untested(record: ReleaseRecord, to: Channel): Refusal[] {
  if (!to.gates.tests) return [];
  return builds(to).flatMap((name) => {
    const built = record.images[name];
    if (built === undefined) return [];
    const {image, arch} = splitBuild(name);
    const help = `leanos test --image ${image} --arch ${arch} --channel alpha     tests it and records the result`;
    const {tests, digests} = built;
    if (tests === undefined) return [{reason: `${record.version} was not tested as ${name}`, help}];
    if (tests.failed > 0)
      return [
        {
          reason: `${record.version} did not pass its test as ${name}: ${tests.failed} promises are not kept`,
          help,
        },
      ];
    if (tests.usr !== digests['usr'])
      return [{reason: `other bytes than ${record.version}'s were tested as ${name}`, help}];
    return [];
  });
}

function unsoaked(
  {version, since}: Pointer,
  {from, to, nowMs}: {from: Channel; to: Channel; nowMs: number},
): Refusal[] {
  const days = Math.floor((nowMs - Date.parse(since)) / DAY_MS);
  if (days >= to.gates.soakDays) return [];
  const ready = new Date(Date.parse(since) + to.gates.soakDays * DAY_MS).toISOString().slice(0, 16);
  return [
    {
      reason: `${version} was on ${from.name} for ${days} of the ${to.gates.soakDays} days that ${to.name} asks for`,
      help: `it may go from ${ready}Z on`,
    },
  ];
}

/** What a channel is for, as `IMAGE-ARCH`. */
export function builds({images}: Channel): string[] {
  return Object.entries(images).flatMap(([image, arches]) => arches.map((arch) => `${image}-${arch}`));
}

/** The image and the architecture of `IMAGE-ARCH`. */
export function splitBuild(name: string): {image: string; arch: ArchitectureName} {
  const at = name.lastIndexOf('-');
  const arch = name.slice(at + 1);
  if (!isArchitectureName(arch)) throw new Error(`${name} has no architecture`);
  return {image: name.slice(0, at), arch};
}
