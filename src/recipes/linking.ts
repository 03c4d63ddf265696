import type {LinkingName} from '../config/image.ts';

/** What a way of linking the userland of the Buildroot base is made of. */
export interface Linking {
  /** The line of Buildroot's configuration that chooses it. */
  readonly line: string;
  /** What GCC is told of every program, on every architecture. */
  readonly optimization: readonly string[];
  /** Debian's packages with the C library that programs share. */
  readonly libc: readonly string[];
  /** What BusyBox's configuration is changed by. */
  readonly busyboxFragments: readonly string[];
  /** Makefiles of the external tree's `board` that change recipes of Buildroot, without `.mk`. */
  readonly overrides: readonly string[];
}

export const LINKINGS: Readonly<Record<LinkingName, Linking>> = {
  static: {
    line: 'BR2_STATIC_LIBS=y',
    optimization: ['-fno-pie'], // Debian's GCC makes position-independent code, which a static program has no use for
    libc: [],
    busyboxFragments: [],
    overrides: [],
  },
  shared: {
    line: 'BR2_SHARED_LIBS=y',
    optimization: [],
    libc: ['musl'],
    busyboxFragments: ['leanos/buildroot-overlays/board/busybox-static.fragment'],
    overrides: ['shared'],
  },
};

/** What GCC is told of every program for an architecture that has words of its own. */
export function optimizationOf(linking: Linking, own: readonly string[]): string {
  return [...linking.optimization, ...own].join(' ');
}
