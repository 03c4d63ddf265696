import type {ImageDefinition} from '../config/image.ts';
import type {BaseName} from '../core/base-name.ts';
import type {ArchitectureName} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {canDrive, mustDrive} from '../recipes/hardware.ts';
import {
  formatArchitectures,
  formatsFor,
  isFormatFor,
  type FormatList,
} from '../stages/format/image-formats.ts';
import type {PayloadChoice} from './payload-choice.ts';

/** Which image is asked for, and what is to be other than its definition says. */
export interface BuildChoice {
  readonly channel: string;
  readonly image: string;
  readonly arch: ArchitectureName;
  readonly base?: BaseName | undefined;
  /** A folder with Buildroot, in place of the definition's. */
  readonly buildroot?: string | undefined;
  /** A folder with the feeds of the National Vulnerability Database. */
  readonly nvd?: string | undefined;
  /** `all`: those that the architecture and the image's hardware can have. */
  readonly formats?: FormatList | 'all' | undefined;
  /** What the image carries in place of its definition's payload. */
  readonly payload?: PayloadChoice | undefined;
  readonly out: string;
  readonly locked: boolean;
}

/**
 * The definition with what was asked for in its place.
 * @throws LeanosError USAGE when it, or a format, is not for the architecture, CONFIG_INVALID when it cannot drive the machines
 *   that a format is for
 */
export function withChoice(
  image: ImageDefinition,
  {base, buildroot, formats, arch}: BuildChoice,
): ImageDefinition {
  if (!image.arches.includes(arch)) {
    throw new LeanosError(
      'USAGE',
      `image ${image.name} is not for ${arch}; it is for ${image.arches.join(', ')}`,
    );
  }
  const chosen = {
    ...image,
    base: base === undefined ? image.base : {kernel: base, userland: base},
    formats: formats === 'all' ? allFormats(image, arch) : mustBeFor(arch, formats ?? image.formats),
    buildroot:
      buildroot === undefined
        ? image.buildroot
        : {...image.buildroot, source: {kind: 'folder' as const, path: buildroot}},
  };
  mustDrive(chosen);
  return chosen;
}

function allFormats(image: ImageDefinition, arch: ArchitectureName): FormatList {
  const [first, ...more] = formatsFor(arch).filter((name) => canDrive(image, name));
  return first === undefined ? image.formats : [first, ...more];
}

/** Each of the formats once, the first one being the image. */
function mustBeFor(arch: ArchitectureName, formats: FormatList): FormatList {
  const wrong = formats.find((name) => !isFormatFor(name, arch));
  if (wrong === undefined) return [...new Set(formats)] as unknown as FormatList;
  throw new LeanosError(
    'USAGE',
    `format ${wrong} is not for ${arch}; it is for ${formatArchitectures(wrong).join(', ')}`,
    {hint: `--format all     makes those that are for ${arch}: ${formatsFor(arch).join(', ')}`},
  );
}
