import type {ImageDefinition} from '../config/image.ts';
import type {Architecture} from '../core/architecture.ts';
import type {BuildrootRequest, SourceFolder} from './buildroot.ts';
import type {ImageInputs} from './inputs.ts';
import type {PayloadRequest} from './payload/payload-request.ts';

/** What a guest is told of updates, on STATE: /usr is the same bytes in every channel. A type: it is an option of a stage. */
export type UpdateConfig = {
  readonly channel: string;
  /** Where it asks; null: nowhere. */
  readonly url: string | null;
  /** Public keys of signify, each as the second line of its file. */
  readonly keys: readonly string[];
};

/** Everything that decides an image. */
export interface ImageRequest {
  readonly image: ImageDefinition;
  readonly arch: Architecture;
  /** What the build runs on. */
  readonly host: Architecture;
  readonly version: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly commit: string | undefined;
  readonly update: UpdateConfig;
  readonly inputs: ImageInputs;
  readonly sources: {
    readonly native: SourceFolder;
    readonly initramfs: SourceFolder;
    /** For both of them. */
    readonly shared: SourceFolder;
    readonly rootfs: SourceFolder;
    /** What supervises services, in guests that have some. */
    readonly services: SourceFolder;
    /** What runs containers of user-data. */
    readonly containers: SourceFolder;
    /** What Xen's dom0 does beside. */
    readonly packages: SourceFolder;
    readonly xen: SourceFolder;
    readonly overlays: readonly SourceFolder[];
  };
  readonly grubConfig: string;
  /** GRUB's configuration of a disk without Linux. */
  readonly payloadConfig: string;
  /** The texts of the templates that describe a payload's machine to others, by the names of their files. */
  readonly describeTemplates: Readonly<Record<string, string>>;
  /** The texts of the templates of formats, by the names of their files. */
  readonly formatTemplates: Readonly<Record<string, string>>;
  /** What the image carries. */
  readonly payload?: PayloadRequest | undefined;
  /** Absent where neither kernel nor userland come from Buildroot. */
  readonly buildroot?: BuildrootRequest;
}
