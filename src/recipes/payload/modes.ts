import type {PayloadMode} from '../../formats/payload/modes.ts';
import {bootMode} from './boot.ts';
import {guestMode} from './guest.ts';
import type {ModeRecipe} from './mode-recipe.ts';
import {xenMode} from './xen.ts';

/** How images of payloads are made, by mode; a text says why one is not there. */
export const MODE_RECIPES: Readonly<Record<PayloadMode, ModeRecipe | string>> = {
  boot: bootMode,
  guest: guestMode,
  xen: xenMode,
};
