#!/bin/sh
# Makes a clone ready to run: installs the packages of package-lock.json where they are missing or
# older than the lock, builds addon and helper where they are missing or older than their source,
# and compiles the TypeScript. Quiet unless something fails. What npm and the tools fetch or write
# goes to node_modules, native/build and dist. Used by the demo and by the tests.
set -eu
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() {
	printf '%s\n' "$1"
	shift
	"$@" >"$log" 2>&1 || {
		cat "$log" >&2
		exit 1
	}
}

# npm would empty the folder that a link leads to.
if [ -L node_modules ]; then
	echo "node_modules is a symbolic link: remove it, or copy the folder it leads to" >&2
	exit 1
fi

# Both npm ci and the script leave programs alone that are built and current.
if [ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then
	step "building the native parts where they have changed ..." node scripts/build-native.mjs
else
	step "installing packages and building the native parts (a minute or two) ..." npm ci --no-audit --no-fund
fi
step "compiling ..." npm run build --silent
