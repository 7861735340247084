// Where this package lies, whether it runs compiled or not.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of the package this file belongs to. */
export const PACKAGE_ROOT = findPackageRoot();

/** The path of a program that the package's build has made. */
export function builtProgram(name: string): string {
  return join(PACKAGE_ROOT, "native", "build", "Release", name);
}

function findPackageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "bin", "anydhcpd")) && folder !== "/") folder = dirname(folder);
  return folder;
}
