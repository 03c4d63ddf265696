import { type FuzzedParser } from './fuzz.ts';
/** Every parser of the guest, by name. */
export declare const PARSERS: Readonly<Record<string, FuzzedParser>>;
