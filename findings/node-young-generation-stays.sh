#!/bin/sh
# After a busy time the young generation of Node.js has its whole size, 32 MB (Node 20) or 64 (24), and gc() (--expose-gc), however
# often, gives none of it back: V8 makes it small only at a collection before which the program has allocated little for five seconds.
# The same call seven seconds later leaves 1 MB.
# Exits 0 while this is so. Needs npm; installs nothing.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >measure.js <<'JS'
const { getHeapSpaceStatistics } = require("node:v8");
const young = () => getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size / 2 ** 20;
let objects = [];
for (let i = 0; i < 3e6; i++) {
  objects.push({ i });
  if (objects.length > 2e5) objects = [];
}
objects = undefined;
gc();
gc();
const atOnce = young();
setTimeout(() => {
  gc();
  const later = young();
  console.log(`young generation: ${atOnce} MB after two collections at once, ${later} MB after one 7 seconds later`);
  process.exitCode = atOnce >= 16 && later <= 2 ? 0 : 1;
}, 7000);
JS
for version in 20.20.2 24.11.1; do
  rm -rf package ./*.tgz
  npm pack "node-linux-$(node -p process.arch)@$version" --silent >/dev/null
  tar -xzf ./*.tgz package/bin/node
  printf '%s: ' "$(package/bin/node --version)"
  package/bin/node --expose-gc --no-memory-reducer measure.js
done
