import {execFileSync} from 'node:child_process';
import {cpSync, existsSync} from 'node:fs';
import {join} from 'node:path';
import {CHECKOUT} from './built-image.ts';

/** Clones the checkout as it stands: what is not committed yet is one commit more, of the same moment, in the clone alone. */
export function cloneCheckout(folder: string, ...options: readonly string[]): void {
  execFileSync(join(CHECKOUT, 'scripts/clone-checkout.sh'), [folder, ...options]);
}

/** What was compiled from the same sources need not be compiled again. */
export function bringCompiled(folder: string): void {
  const dist = join(CHECKOUT, 'dist');
  if (existsSync(dist)) cpSync(dist, join(folder, 'dist'), {recursive: true});
}
