#!/bin/sh
# Node.js with --disable-sigusr1 leaves SIGUSR1 blocked: a listener of process.on("SIGUSR1") is taken, and never called.
# The manual says of the flag that it takes away the way to start a debugger. Without the flag the listener is called.
# Exits 0 while this is so. Needs npm; installs nothing.
set -eu

version=24.22.3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack "node-linux-$(node -p process.arch)@$version" --silent >/dev/null
tar -xzf ./*.tgz package/bin/node
cat >listen.cjs <<'JS'
process.on("SIGUSR1", () => console.log("called"));
setTimeout(() => process.kill(process.pid, "SIGUSR1"), 100);
setTimeout(() => console.log(/SigBlk:\s*(\w+)/.exec(require("node:fs").readFileSync("/proc/self/status", "utf8"))[0]), 500);
JS
package/bin/node --version
echo "without the flag: $(package/bin/node listen.cjs | tr '\n' ' ')"
with=$(package/bin/node --disable-sigusr1 listen.cjs | tr '\n' ' ')
echo "with --disable-sigusr1: $with"
case $with in
*called*) exit 1 ;;
esac
