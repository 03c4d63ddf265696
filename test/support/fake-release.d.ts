import type { Channel } from '../../src/config/channel.ts';
import { type SecretKey } from '../../src/formats/signify.ts';
export declare const VERSION = "4891.0.0";
/** When the channel was pointed to it; publishing is later. */
export declare const SINCE = "2026-11-20T12:00:00Z";
/** A key as a channel and a publisher have it. */
export interface FakeKey {
    readonly line: string;
    readonly secret: SecretKey;
    readonly publicFile: string;
}
export declare function fakeKey(): FakeKey;
export declare function fakeChannel(keys: readonly FakeKey[], more?: Partial<Channel>): Channel;
/** A build as `leanos build` delivers it, with a few bytes in each file; the disk has the keys of its channel. */
export declare function fakeBuild(channel: Pick<Channel, 'keys'>, { image, version }?: {
    image?: string | undefined;
    version?: string | undefined;
}): {
    image: string;
    arch: "x86_64";
    version: string;
    folder: string;
    artifacts: {
        kind: string;
        format: string;
        path: string;
        bytes: number;
        sha256: string;
    }[];
};
