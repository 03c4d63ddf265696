import type {ImageDefinition} from '../../config/image.ts';
import type {PayloadDefinition} from '../../config/payload.ts';
import type {BootOffer} from '../../formats/payload/modes.ts';
import type {Payload} from '../../formats/payload/payload.ts';
import type {Plan, Step} from '../../pipeline/plan.ts';
import type {FormatName} from '../../stages/format/image-formats.ts';
import type {PayloadCase, PayloadImageRequest} from './payload-request.ts';

/** Keys of `payload:` that a mode may have no use for. */
export type PayloadKey = keyof Pick<PayloadDefinition, 'environment' | 'files' | 'disks' | 'onExit'>;

/** How a mode makes an image of a payload. A new one is a file beside this one, and its row in modes.ts. */
export interface ModeRecipe {
  /** Keys that mean nothing in this mode, and why. */
  readonly without: Readonly<Partial<Record<PayloadKey, string>>>;
  /** Why a format cannot be made in this mode; `undefined` where it can. Absent: all can. */
  withoutFormat?(name: FormatName): string | undefined;
  /** What the table of systems does not know: why this mode cannot have the payload on this architecture; `undefined` where it can. */
  refusal(payload: PayloadCase): string | undefined;
  /** The definition with what the mode needs of it: packages, a kernel, formats. Inputs are looked for by it. @throws LeanosError */
  definition(image: ImageDefinition, payload: PayloadCase): ImageDefinition;
  /** The MiB that its machine has beside the payload's own memory; absent: none. */
  besideMib?(image: ImageDefinition): number;
  /** How a firmware comes to the payload where no Linux is in the image; absent where one is. */
  bare?(payload: Payload): BootOffer;
  /** The steps of the image; gives the one whose artifact is the release's folder. */
  plan(plan: Plan, request: PayloadImageRequest): Step;
}
