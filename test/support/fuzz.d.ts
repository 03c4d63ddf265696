import { type Random } from './random.ts';
/** What no message may hold. */
export declare const SECRET = "Zq7Secret7qZ";
/** One text, or the files of a folder. */
export type Input = string | Buffer | Readonly<Record<string, string | Buffer>>;
/** A parser of the guest: shell text that reads $in, and may write below $out. */
export interface FuzzedParser {
    readonly seeds: readonly Input[];
    readonly each: string;
    /** Shell text that comes once, before the first input. */
    readonly first?: string;
    readonly files?: Readonly<Record<string, string>>;
    /** Where files may appear and change, other than $out. */
    readonly writes?: readonly string[];
    /** What may be on stderr. */
    readonly complaint?: RegExp;
    /** What must not be on stdout. */
    readonly never?: RegExp;
    /** How many inputs of this parser come to one of the fastest. */
    readonly share: number;
    readonly change?: (random: Random, input: Buffer) => Buffer;
}
interface Finding {
    readonly what: string;
    readonly input: string;
}
/** An image of a disk: bytes are changed in their place, where there are any. */
export declare function changedImage(random: Random, image: Buffer): Buffer;
/** What is wrong with a parser, as far as so many damaged inputs show. The same seed gives the same inputs. */
export declare function fuzz(parser: FuzzedParser, inputs: number, seed: number): Promise<Finding[]>;
export {};
