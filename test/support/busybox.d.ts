/** The very BusyBox of the image, as a program of this host. It is unpacked once in a run of tests. */
export declare function imageBusybox(): Promise<string>;
