import type {ModeRecipe} from './mode-recipe.ts';

/** The lean Linux runs the payload as its one application. */
export const guestMode: ModeRecipe | string = 'leanos does not have this mode yet';
