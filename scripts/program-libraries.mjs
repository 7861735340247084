// The shared libraries that a program needs, from the list that objdump(1) prints of it.

/** Those of the packages that ours depends on: libc6, libgcc-s1, libstdc++6. */
const ON_EVERY_SYSTEM = /^(?:ld-linux[\w-]*|libc|libm|libdl|libpthread|librt|libstdc\+\+|libgcc_s)\.so\.\d+$/;

/** Of the libraries in the output of `objdump -p`, those that not every system has, in its order. */
export function ownLibraries(headers) {
  const needed = [...headers.matchAll(/^\s*NEEDED\s+(\S+)$/gm)].map(([, library]) => library);
  return needed.filter((library) => !ON_EVERY_SYSTEM.test(library));
}
