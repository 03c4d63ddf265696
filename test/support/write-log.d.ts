/** A write, or a flush, of a disk: Documentation/admin-guide/device-mapper/log-writes.rst. */
export interface LoggedWrite {
    readonly offset: number;
    readonly data: Buffer;
    /** What came before is on the disk when this is done. */
    readonly flush: boolean;
}
/** Everything that blklogwrites of QEMU has kept, in its order. */
export declare function readWriteLog(path: string): LoggedWrite[];
/** A disk that is brought, write by write, to where it stood. */
export declare class ReplayedDisk {
    #private;
    readonly path: string;
    constructor(path: string);
    apply({ offset, data }: LoggedWrite): void;
    /** The bytes that a write would replace: applying them takes it back. */
    before({ offset, data }: LoggedWrite): LoggedWrite;
    read(offset: number, bytes: number): Buffer;
    close(): void;
}
/** The disk after some of the writes. */
export declare function replayed(start: string, path: string, writes: readonly LoggedWrite[], { upTo, lost }: {
    upTo: number;
    lost: ReadonlySet<number>;
}): ReplayedDisk;
