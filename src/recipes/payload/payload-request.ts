import type {Architecture} from '../../core/architecture.ts';
import type {Payload} from '../../formats/payload/payload.ts';
import type {BootOffer, PayloadMode} from '../../formats/payload/modes.ts';
import type {TakenFile} from '../../stages/payload/payload-file.ts';
import type {PayloadDefinition} from '../../config/payload.ts';
import type {ImageRequest} from '../image-request.ts';

/** A payload that an image carries: what decides its part of the bytes. */
export interface PayloadRequest {
  readonly file: TakenFile;
  /** What it has when it is unpacked. */
  readonly unpackedBytes: number;
  /** What its bytes say that it is. */
  readonly payload: Payload;
  readonly mode: PayloadMode;
  /** How a firmware comes to it where no Linux is in the image; absent where one is. */
  readonly bare?: BootOffer | undefined;
  /** MiB that its machine has beside the payload's own memory. */
  readonly besideMib: number;
  readonly wanted: Omit<PayloadDefinition, 'file' | 'mode' | 'files' | 'disks'>;
  readonly files: readonly {readonly name: string; readonly args: string; readonly file: TakenFile}[];
  readonly disks: readonly {readonly name: string; readonly readOnly: boolean; readonly file: TakenFile}[];
}

/** What a guest gets where nobody says. */
const MACHINE_MIB = 256;
const MIB = 2 ** 20;

/** The memory of a machine for an image, where nobody says. */
export function machineMemoryMib(payload: PayloadRequest | undefined): number {
  const ownMib = Math.ceil((payload?.wanted.memoryBytes ?? 0) / MIB);
  return Math.max(MACHINE_MIB, ownMib + (payload?.besideMib ?? 0));
}

/** An image with a payload. */
export type PayloadImageRequest = ImageRequest & {readonly payload: PayloadRequest};

/** What decides whether a mode can have a payload. */
export interface PayloadCase {
  readonly payload: Payload;
  readonly arch: Architecture;
  /** What the definition and the command line say. */
  readonly wanted: Pick<PayloadDefinition, 'args' | 'files' | 'disks'>;
}
