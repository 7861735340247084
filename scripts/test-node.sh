#!/bin/sh
# `npm run test:node -- 24`: the unit tests and one suite end to end by another Node.js than the one in PATH. The
# argument is a major version, which is taken once from the npm registry and kept in .cache/node, or the path of a
# node program. Further arguments go to vitest, in place of these tests: `npm run test:node -- 26 --project netns`.
# The last line is the count, as for `npm test`; before it are the system calls that the daemon's filter has refused meanwhile.
set -eu
cd "$(dirname "$0")/.."

usage="usage: npm run test:node -- 20|22|24|26|NODE [vitest's arguments]"
wanted=${1:?$usage}
shift

case $wanted in
20) version=20.20.2 ;;
22) version=22.23.5 ;;
24) version=24.22.3 ;;
26) version=26.12.1 ;;
*) version= ;;
esac

# Takes a Node.js from the registry: the package has the program in it, nothing is fetched or run by its installation.
fetch() {
	package=node-linux-$(node -p process.arch)@$version
	mkdir -p .cache/node
	folder=$(mktemp -d .cache/node/fetch.XXXXXX)
	trap 'rm -rf "$folder"' EXIT
	npm pack "$package" --silent --pack-destination "$folder" >/dev/null || {
		echo "test:node: $package cannot be had from the npm registry" >&2
		exit 1
	}
	tar -xzf "$folder"/*.tgz -C "$folder" --strip-components=1 package/bin/node
	rm "$folder"/*.tgz
	chmod 755 "$folder" "$folder/bin" "$folder/bin/node"
	# Another run may have been faster.
	mv -T "$folder" "$1" 2>/dev/null || [ -x "$1/bin/node" ]
}

if [ -n "$version" ]; then
	home=$PWD/.cache/node/$version
	[ -x "$home/bin/node" ] || fetch "$home"
	# The package has no headers. Those of another version do as well: the addon uses Node-API alone, which is the same in all.
	headers=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")/include
	[ -e "$home/include" ] || [ ! -d "$headers/node" ] || ln -s "$headers" "$home/include"
	node=$home/bin/node
else
	node=$(readlink -f -- "$wanted")
	[ -x "$node" ] || {
		echo "test:node: $wanted: no such program; $usage" >&2
		exit 1
	}
fi
[ $# -gt 0 ] || set -- --project unit --project netns test/unit test/property test/conformance test/netns/wire.test.ts test/netns/protocol.test.ts

# bin/anydhcpd and the tests take the first one in PATH.
PATH=$(dirname "$node"):$PATH
export PATH
export ANYDHCPD_TELL_REFUSED=1
echo "by Node.js $(node --version)"
exec sh test/run.sh "$@"
