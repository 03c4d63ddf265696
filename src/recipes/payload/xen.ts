import type {ModeRecipe} from './mode-recipe.ts';

/** The bootloader starts Xen, and the lean Linux as its dom0 starts the payload as the one domain. */
export const xenMode: ModeRecipe | string = 'leanos does not have this mode yet';
