import {afterAll, beforeAll, expect, test} from 'vitest';
import {PACKAGE_NOTES} from '../support/noted-table.ts';
import {deedsOf, SettingUp, toldDeeds} from '../support/package-deeds.ts';
import {PACKAGE_ROWS} from '../support/package-rows.ts';

/** Whether the column of docs/packages.md is filled; else one of its rows is looked at. Nothing is booted. */
const WHOLE = process.env['LEANOS_PACKAGES'] === 'all';
const ROWS = WHOLE ? Object.keys(PACKAGE_ROWS) : ['mtr-tiny'];
/** A package without scripts: what is done where it is alone is done in every image with packages. */
const PLAIN = 'zlib1g';
const TIMEOUT_MS = 900_000;

let settingUp: SettingUp;
let always: ReturnType<typeof deedsOf>;
beforeAll(async () => {
  settingUp = new SettingUp();
  always = deedsOf(await settingUp.of([PLAIN]));
}, TIMEOUT_MS);
afterAll(() => settingUp[Symbol.asyncDispose]());

test.each(ROWS)('docs/packages.md says what was done for %s', {timeout: TIMEOUT_MS}, async (name) => {
  const {packages = [name], with: more = []} = PACKAGE_ROWS[name] ?? {};
  const some = [...packages, ...more];
  const told = some.length === 0 ? 'nothing' : toldDeeds(deedsOf(await settingUp.of(some)), always);
  const seen = PACKAGE_NOTES.documented([name]);
  if (WHOLE) PACKAGE_NOTES.document([name], {...seen, 'what was done for it': told});
  else expect(seen?.['what was done for it']).toBe(told);
});
