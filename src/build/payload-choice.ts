import type {AUTO_MODE, PayloadMode} from '../formats/payload/modes.ts';

/** What is asked for in place of the definition's `payload:`. */
export interface PayloadChoice {
  /** As the user's shell names it. */
  readonly file?: string | undefined;
  readonly mode?: PayloadMode | typeof AUTO_MODE | undefined;
  readonly args?: string | undefined;
}
