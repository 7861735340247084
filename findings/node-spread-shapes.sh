#!/bin/sh
# In Node.js 20 a copy by spread ({ ...source }) that then gets a property which `source` lacks has a hidden class of its
# own each time, from about the tenth call on: no two such objects share one, and code that reads their fields becomes
# megamorphic. So it is with { ...source, name: value }, and with an assignment afterwards. With the property in front
# of the spread, or without it, all copies share one class. Node.js 22 and 24 give them one class in each case.
# Exits 0 while this is so. Needs npm; installs nothing.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >shapes.cjs <<'JS'
const source = Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`field${i}`, {}]));
const ways = {
  behind: () => ({ ...source, added: {} }),
  afterwards: () => {
    const copy = { ...source };
    copy.added = {};
    return copy;
  },
  before: () => ({ added: {}, ...source }),
  without: () => ({ ...source }),
};
for (const [name, make] of Object.entries(ways)) {
  const last = Array.from({ length: 40 }, make).slice(20);
  const classes = last.filter((one, at) => last.findIndex((other) => %HaveSameMap(one, other)) === at);
  console.log(`${name}=${classes.length}`);
}
JS
classes() {
	rm -rf package ./*.tgz
	npm pack "node-linux-$(node -p process.arch)@$1" --silent >/dev/null
	tar -xzf ./*.tgz package/bin/node
	package/bin/node --allow-natives-syntax shapes.cjs | tr '\n' ' '
}
old=$(classes 20.20.2)
new=$(classes 24.22.3)
echo "hidden classes of the last 20 of 40 copies, 20.20.2: $old"
echo "hidden classes of the last 20 of 40 copies, 24.22.3: $new"
[ "$old" = "behind=20 afterwards=20 before=1 without=1 " ]
[ "$new" = "behind=1 afterwards=1 before=1 without=1 " ]
