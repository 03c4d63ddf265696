import type {PayloadDefinition} from '../../config/payload.ts';
import {LeanosError} from '../../core/error.ts';
import {AUTO_MODE, PAYLOAD_MODES, refusalOf, type PayloadMode} from '../../formats/payload/modes.ts';
import type {FormatList} from '../../stages/format/image-formats.ts';
import type {ModeRecipe, PayloadKey} from './mode-recipe.ts';
import {MODE_RECIPES} from './modes.ts';
import type {PayloadCase} from './payload-request.ts';

/** A mode that can have a payload, and how it makes an image of it. */
export interface ChosenMode {
  readonly mode: PayloadMode;
  readonly recipe: ModeRecipe;
}

/**
 * The mode that was wished for, or the first one that can have the payload. `name` is the payload's, for people.
 * @throws LeanosError USAGE with the reason of each mode
 */
export function chooseMode(
  wish: PayloadDefinition['mode'],
  found: PayloadCase,
  name: string,
  recipes: Readonly<Record<PayloadMode, ModeRecipe | string>> = MODE_RECIPES,
): ChosenMode {
  const {payload, arch} = found;
  if (!payload.arches.includes(arch.name)) {
    const [first] = payload.arches;
    throw new LeanosError(
      'USAGE',
      `${name} is for ${payload.machine ?? 'another machine'}, and the image is for ${arch.name}`,
      first === undefined ? {} : {hint: `--arch ${first}     builds an image for it`},
    );
  }
  const tried = PAYLOAD_MODES.map((mode) => ({
    mode,
    recipe: recipes[mode],
    why: whyNot(mode, found, recipes),
  }));
  const able = tried.flatMap(({mode, recipe, why}): ChosenMode[] =>
    why !== undefined || typeof recipe === 'string' ? [] : [{mode, recipe}],
  );
  const chosen = wish === AUTO_MODE ? able[0] : able.find(({mode}) => mode === wish);
  if (chosen !== undefined) return chosen;
  const lines = tried
    .filter(({mode}) => wish === AUTO_MODE || mode === wish)
    .map(({mode, why}) => `  ${mode}: ${why ?? ''}`);
  throw new LeanosError(
    'USAGE',
    [`${name} (${payload.kind}) cannot be had ${asMode(wish)}`, ...lines].join('\n'),
    able.length === 0
      ? {}
      : {hint: `--payload-mode ${able.map(({mode}) => mode).join('|')}     is what it can have`},
  );
}

/** @throws LeanosError CONFIG_INVALID where a key is set that means nothing in the mode */
export function mustMeanSomething({mode, recipe}: ChosenMode, wanted: PayloadDefinition): void {
  const isSet: Readonly<Record<PayloadKey, boolean>> = {
    environment: Object.keys(wanted.environment).length > 0,
    files: wanted.files.length > 0,
    disks: wanted.disks.length > 0,
    onExit: wanted.onExit !== undefined,
  };
  const lost = (Object.entries(recipe.without) as [PayloadKey, string][]).filter(([key]) => isSet[key]);
  if (lost.length === 0) return;
  throw new LeanosError(
    'CONFIG_INVALID',
    lost.map(([key, why]) => `payload.${key} means nothing in mode ${mode}: ${why}`).join('\n'),
  );
}

/**
 * The formats that a mode can have of these; with `all` the others are left out.
 * @throws LeanosError USAGE where somebody named one that it cannot have, or none is left
 */
export function modeFormats(
  formats: FormatList,
  {mode, recipe}: ChosenMode,
  {all}: {readonly all: boolean},
): FormatList {
  const judged = formats.map((name) => ({name, why: recipe.withoutFormat?.(name)}));
  const refused = judged.filter(({why}) => why !== undefined);
  const [first, ...more] = judged.filter(({why}) => why === undefined).map(({name}) => name);
  if (first !== undefined && (all || refused.length === 0)) return [first, ...more];
  throw new LeanosError(
    'USAGE',
    refused.map(({name, why}) => `format ${name} cannot be had in mode ${mode}: ${why ?? ''}`).join('\n'),
    {hint: `--format all     makes those that it can have`},
  );
}

function whyNot(
  mode: PayloadMode,
  found: PayloadCase,
  recipes: Readonly<Record<PayloadMode, ModeRecipe | string>>,
): string | undefined {
  const recipe = recipes[mode];
  const ofPayload = refusalOf<unknown>(found.payload.modes[mode]);
  return ofPayload ?? (typeof recipe === 'string' ? recipe : recipe.refusal(found));
}

function asMode(wish: PayloadDefinition['mode']): string {
  return wish === AUTO_MODE ? 'in any mode' : `in mode ${wish}`;
}
