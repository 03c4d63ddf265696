import {join} from 'node:path';
import type {ArchitectureName} from '../../core/architecture.ts';
import type {HardwareName} from '../../core/hardware.ts';
import {defineStage, type BuildContext, type Stage} from '../../pipeline/stage.ts';
import type {TriedFormat} from './tried-format.ts';

/** The parts of an image that formats are made of: what step has them, and the file in its artifact; `.` is all of it. */
export const PARTS = {
  /** The system partition: firmware's boot files, kernel and initramfs of slot A. */
  esp: 'esp.img',
  /** /usr as a filesystem, with its hash tree where it has one. */
  usr: 'usr.img',
  state: 'state.img',
  /** boot.img and core.img for a BIOS. */
  grub: '.',
  kernel: 'vmlinuz',
  /** With /usr in it: boots the whole image from RAM. */
  initramfs: 'initramfs',
  /** The one that looks for a disk. */
  slotInitramfs: 'initramfs',
  /** The files below /usr as a tar. */
  rootfs: 'usr.tar',
  /** The whole root filesystem. */
  rootfsArchive: 'rootfs.tar.gz',
  /** GRUB for discs: eltorito.img and hybrid.img for a BIOS, grub.efi. */
  grubCd: '.',
  /** What starts a kernel that is in the same file as it. */
  efiStub: 'stub.efi',
} as const;

export type Part = keyof typeof PARTS;

/** What is said of an image beside its parts. A type: it is the options of a stage. */
export type FormatOptions = {
  readonly image: string;
  readonly version: string;
  readonly arch: ArchitectureName;
  /** What identifiers are derived from. */
  readonly seed: string;
  readonly user: string;
  readonly sizes: {readonly espBytes: number; readonly usrBytes: number; readonly stateBytes: number};
  /** Whether GRUB for a BIOS is on the disk. */
  readonly bios: boolean;
  /** The kernel command lines that boot slot A of the disk, and the image from RAM. */
  readonly commandLine: {readonly disk: string; readonly ram: string};
  /** The texts of the format's templates. */
  readonly templates: Readonly<Record<string, string>>;
};

/** What the artifacts of formats are called in `build --json`: disks as they are or packed, file systems, what boots without a disk. */
export const FORMAT_KINDS = ['disk', 'container', 'boot'] as const;

export type FormatKind = (typeof FORMAT_KINDS)[number];

/** A file as simplestreams lists it. */
export interface StreamNames {
  /** What its readers call it: `ftype`. */
  readonly ftypes: readonly [string, ...string[]];
  /** What they call the sha256 of this file and another one as if they were one, by the name of the other one. */
  readonly combined?: Readonly<Record<string, string>>;
}

/** What leanos has to know of a format: of a file, or of some that go together, which a cloud or a hypervisor takes. */
export interface ImageFormat {
  readonly name: string;
  readonly kind: FormatKind;
  /** How the names of its files end. The first one is what others mean when they are made of this format. */
  readonly files: Readonly<Record<string, string>>;
  /** Whether its first file is an OCI archive: a container image, which a registry takes as such. */
  readonly isContainerImage?: true;
  /** What simplestreams calls its files, by their roles; one without is called as its name ends. */
  readonly streams?: Readonly<Record<string, StreamNames>>;
  /** Parts of the image, or other formats, that it is made of. */
  readonly parts: Readonly<Record<string, Part | ImageFormat>>;
  /** Those of its parts that an image may lack. */
  readonly optional?: readonly Part[];
  /** Why it is for images with Linux alone, where its parts do not say it. */
  readonly forLinux?: string;
  /** How the tests try it. */
  readonly tried: TriedFormat;
  /** Who takes it, for people. */
  readonly takenBy: string;
  /** How its first file begins, as latin-1 text, and where (from the end, if negative); absent where that says nothing. */
  readonly magic?: {readonly at: number; readonly text: string};
  /** What QEMU calls it (`qemu-img create -f`), where QEMU boots from it. */
  readonly driver?: string;
  /** Those that there are takers for; without it all. */
  readonly arches?: readonly ArchitectureName[];
  /** Its Handlebars templates: files beside its own. */
  readonly templates?: Readonly<Record<string, string>>;
  /** Rows of hardware that the image must be able to drive. */
  readonly hardware: readonly HardwareName[];
  /** Makes it, as files of the names in `files`. */
  readonly stage: Stage<FormatOptions, string>;
}

/** What a format is written from and to. */
export interface WriteContext<File extends string, Input extends string> extends Pick<
  BuildContext<FormatOptions, string>,
  'options' | 'run' | 'epoch' | 'progress'
> {
  /** Absolute paths of the files that are to be written. */
  readonly files: Readonly<Record<File, string>>;
  /** Absolute paths of what it is made of, read-only. */
  readonly parts: Readonly<Record<Input, string>>;
  /** The folder that `files` are in: nothing else may be left in it. */
  readonly out: string;
}

type Facts<File extends string, Input extends string> = Omit<
  ImageFormat,
  'name' | 'stage' | 'files' | 'streams' | 'parts' | 'hardware'
> & {
  readonly files: Readonly<Record<File, string>>;
  readonly streams?: Readonly<Partial<Record<NoInfer<File>, StreamNames>>>;
  readonly parts: Readonly<Record<Input, Part | ImageFormat>>;
  readonly hardware?: readonly HardwareName[];
  /** Rises when `write` comes to make other bytes. */
  readonly revision: number;
  /** The programs of the tools tree that `write` runs. */
  readonly tools: readonly string[];
  readonly write: (context: WriteContext<File, Input>) => Promise<void>;
};

/** A format by its name. `write` is given the paths of its parts and of its files, and `run`, which knows its tools. */
export function imageFormat<const F extends Facts<File, Input>, File extends string, Input extends string>(
  name: string,
  facts: F & Facts<File, Input>,
): Omit<F, 'write' | 'revision' | 'tools' | 'hardware'> &
  Pick<ImageFormat, 'name' | 'kind' | 'hardware' | 'stage'> {
  const {revision, tools, write, hardware = [], ...rest} = facts;
  const inputs = Object.keys(facts.parts) as Input[];
  const stage = defineStage<FormatOptions, string>({
    name: `format-${name}`,
    revision,
    tools,
    inputs,
    async build({options, inputs: folders, out, run, epoch, progress}) {
      const files = mapped(facts.files, (ending) => join(out, ending));
      const parts = mapped(facts.parts, (part, input) => join(folders[input] ?? '', partFile(part)));
      await write({options, files, parts, out, run, epoch, progress});
    },
  });
  return {...rest, name, hardware, stage};
}

/** A part of a format, or of one that it is made of, that is none of these; `undefined` where there is none. */
export function missingPart({parts, optional = []}: ImageFormat, has: readonly Part[]): Part | undefined {
  for (const part of Object.values(parts)) {
    if (typeof part !== 'string') {
      const missing = missingPart(part, has);
      if (missing !== undefined) return missing;
    } else if (!has.includes(part) && !optional.includes(part)) return part;
  }
  return undefined;
}

/** The file of a part, or of a format that is one, in its artifact. */
export function partFile(part: Part | ImageFormat): string {
  return typeof part === 'string' ? PARTS[part] : (Object.values(part.files)[0] ?? '');
}

function mapped<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  change: (value: From, key: Key) => To,
): Record<Key, To> {
  const entries = Object.entries<From>(record) as [Key, From][];
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value, key)])) as Record<Key, To>;
}
