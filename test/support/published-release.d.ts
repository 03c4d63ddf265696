import { type ChannelPointer } from '../../src/release/pointer.ts';
import type { Answer } from '../../src/vm/metadata-server.ts';
import { type FakeMachine } from './ash.ts';
export declare const TODAY: number;
export declare const OLD: string;
export declare const NEW: string;
export declare const keys: {
    mine: {
        publicKey: import("../../src/formats/signify.ts").PublicKey;
        secretKey: import("../../src/formats/signify.ts").SecretKey;
    };
    next: {
        publicKey: import("../../src/formats/signify.ts").PublicKey;
        secretKey: import("../../src/formats/signify.ts").SecretKey;
    };
    stranger: {
        publicKey: import("../../src/formats/signify.ts").PublicKey;
        secretKey: import("../../src/formats/signify.ts").SecretKey;
    };
};
export type KeyName = keyof typeof keys;
export declare const sha256: (data: string | Buffer) => string;
export declare const line: (name: KeyName) => string;
export declare const iso: (days: number) => string;
/** The files of a release: small ones, of the kinds that an update takes. */
export declare const FILES: {
    kernel: string;
    'slot-initramfs': string;
    usr: string;
};
export type Kind = keyof typeof FILES;
export interface Release {
    readonly version?: string;
    readonly pointer?: Partial<ChannelPointer>;
    readonly manifest?: Record<string, unknown>;
    readonly signers?: readonly KeyName[];
    /** The channel that it is served as, whatever the pointer says. */
    readonly channel?: string;
}
/** What a server gives for a release, by path. */
export declare function published({ version, pointer, manifest, signers, channel, }?: Release): Record<string, Answer>;
/** A machine on slot A of version OLD that believes `mine`. */
export declare function machineOn(url: string, version?: string): Promise<FakeMachine>;
/** leanos-update, whose writing of the slot is only noted; read_identity reads what the test wrote. */
export declare function update(machine: FakeMachine, command: string, environment?: string): Promise<{
    status: number;
    text: string;
}>;
export declare const CHECK = "fetch_pointer && believe_pointer && { wanted && echo \"$offered is wanted\" || echo \"not: $reason\"; }";
export declare const FETCH = "fetch_pointer && believe_pointer && fetch_manifest && fetch_artifacts && echo fetched";
