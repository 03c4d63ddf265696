import type {ArchitectureName} from '../core/architecture.ts';
import type {BaseName} from '../core/base-name.ts';
import type {FormatList} from '../stages/format/image-formats.ts';
import type {LibraryEvent} from './library-events.ts';
import type {PayloadChoice} from './payload-choice.ts';

/** What is to be built other than the image's definition says. */
export interface BuildOptions {
  /** Without it the host's architecture. */
  readonly arch?: ArchitectureName;
  /** Where userland and kernel come from; without it as the image says. */
  readonly base?: BaseName;
  /** Without it `alpha`. */
  readonly channel?: string;
  /** The formats of the image; {@link boot} boots the first of them that is a disk for QEMU. Without it as the image says. */
  readonly formats?: FormatList | 'all';
  /** What the image carries in place of its definition's payload: a file, its mode (`auto` without it), its arguments. */
  readonly payload?: PayloadChoice;
  /** The folder that the files are delivered below; without it `out` of the project. */
  readonly out?: string;
  /** Takes the pinned inputs and no others. Without it false. */
  readonly locked?: boolean;
  /** Hears of what happens. */
  readonly onEvent?: (event: LibraryEvent) => void;
  /** Ends the build; nothing half-done is left. */
  readonly signal?: AbortSignal;
}
