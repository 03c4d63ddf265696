#!/usr/bin/env node
// What npm links as `leanos`: a package has been compiled already, a checkout sees to that itself.
import {existsSync} from 'node:fs';

const isCheckout = existsSync(new URL('../scripts/leanos.mjs', import.meta.url));
await import(isCheckout ? '../scripts/leanos.mjs' : '../dist/cli/main.js');
