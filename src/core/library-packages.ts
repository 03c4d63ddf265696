/**
 * The Debian package of a shared library, by its soname. Most are named after it (Debian Policy, 8.1); a name of before the change to
 * 64-bit times is still provided by the package that took its place. What is not here is not guessed.
 */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  libc6: [
    'libc.so.6',
    'libm.so.6',
    'libdl.so.2',
    'libpthread.so.0',
    'librt.so.1',
    'libutil.so.1',
    'libresolv.so.2',
    'libanl.so.1',
    'libmvec.so.1',
  ],
  libatomic1: ['libatomic.so.1'],
  libblkid1: ['libblkid.so.1'],
  'libbz2-1.0': ['libbz2.so.1.0'],
  libcap2: ['libcap.so.2'],
  'libcom-err2': ['libcom_err.so.2'],
  libcrypt1: ['libcrypt.so.1'],
  libcurl4: ['libcurl.so.4'],
  libev4: ['libev.so.4'],
  libexpat1: ['libexpat.so.1'],
  libffi8: ['libffi.so.8'],
  'libgcc-s1': ['libgcc_s.so.1'],
  libgmp10: ['libgmp.so.10'],
  libgomp1: ['libgomp.so.1'],
  'liblz4-1': ['liblz4.so.1'],
  liblzma5: ['liblzma.so.5'],
  libmount1: ['libmount.so.1'],
  libncursesw6: ['libncursesw.so.6'],
  'libpcre2-8-0': ['libpcre2-8.so.0'],
  libreadline8: ['libreadline.so.8'],
  libseccomp2: ['libseccomp.so.2'],
  libselinux1: ['libselinux.so.1'],
  libsodium23: ['libsodium.so.23'],
  'libsqlite3-0': ['libsqlite3.so.0'],
  libssl3: ['libssl.so.3', 'libcrypto.so.3'],
  'libstdc++6': ['libstdc++.so.6'],
  libtinfo6: ['libtinfo.so.6'],
  libuuid1: ['libuuid.so.1'],
  libuv1: ['libuv.so.1'],
  libxml2: ['libxml2.so.2'],
  'libyaml-0-2': ['libyaml-0.so.2'],
  libzstd1: ['libzstd.so.1'],
  musl: ['libc.musl-x86_64.so.1'],
  zlib1g: ['libz.so.1'],
};
const BY_LIBRARY = new Map(
  Object.entries(PACKAGES).flatMap(([name, libraries]) =>
    libraries.map((library): [string, string] => [library, name]),
  ),
);
/** ld.so(8) of both C libraries, which a program names by its path. */
const LOADERS: readonly (readonly [pattern: RegExp, packageName: string])[] = [
  [/(^|\/)ld(64|-linux)[\w.-]*\.so\.\d$/, 'libc6'],
  [/(^|\/)ld-musl-[\w.-]+\.so\.1$/, 'musl'],
];

/** The package that has a library or a loader; `undefined` where it is not known. */
export function libraryPackage(needed: string): string | undefined {
  return BY_LIBRARY.get(needed) ?? LOADERS.find(([pattern]) => pattern.test(needed))?.[1];
}
