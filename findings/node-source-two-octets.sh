#!/bin/sh
# Node.js keeps the source of a module for as long as the module lives, with one octet a character; a single character beyond
# Latin-1, in a comment too, has it kept with two. An en dash in one message of a library, joined into one file of half a megabyte
# with the rest of a program, costs half a megabyte.
# Exits 0 while this is so. Needs npm; installs nothing.
set -eu

version=20.20.2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack "node-linux-$(node -p process.arch)@$version" --silent >/dev/null
tar -xzf ./*.tgz package/bin/node
package/bin/node -e '
const line = "// a comment of forty characters, nothing more\n";
const text = line.repeat(Math.ceil(4e6 / line.length));
const fs = require("node:fs");
fs.writeFileSync("latin.mjs", `${text}// caf\u00e9\n`);
fs.writeFileSync("beyond.mjs", `${text}// 1 \u2013 2\n`);
'
cat >measure.mjs <<'JS'
import { getHeapStatistics } from "node:v8";
const used = () => (gc(), gc(), getHeapStatistics().used_heap_size);
const before = used();
await import(process.argv[2]);
console.log(Math.round((used() - before) / 1e6));
JS
package/bin/node --version
latin=$(package/bin/node --expose-gc measure.mjs ./latin.mjs)
beyond=$(package/bin/node --expose-gc measure.mjs ./beyond.mjs)
echo "heap of a module of 4 MB, all of it Latin-1: $latin MB; with one en dash: $beyond MB"
[ "$latin" -eq 4 ] && [ "$beyond" -eq 8 ]
