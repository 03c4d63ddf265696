import type {ModeRecipe} from './mode-recipe.ts';

/** The bootloader starts the payload itself: there is no Linux in the image. */
export const bootMode: ModeRecipe | string = 'leanos does not have this mode yet';
