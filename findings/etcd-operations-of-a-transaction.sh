#!/bin/sh
# etcd's limit of operations in a transaction (--max-txn-ops, 128) means something else once transactions are nested,
# which is how independent conditional writes share one entry of the log: 128 puts fit, and 127 transactions of one put.
# Exits 0 while this is so. Needs apt-get, dpkg-deb, ip, unshare and python3; installs nothing.
set -eu

version=3.4.23-4+b4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -q download "etcd-server=$version" >/dev/null
dpkg-deb -x ./*.deb root

cat >inside.sh <<'INSIDE'
set -eu
ip link set lo up
root/usr/bin/etcd --version | head -n 1
root/usr/bin/etcd --data-dir data --log-level error 2>log &
server=$!
trap 'kill "$server"' EXIT
python3 ask.py
INSIDE
cat >ask.py <<'ASK'
import base64, json, time, urllib.error, urllib.request

def octets(text):
    return base64.b64encode(text.encode()).decode()

def operation(number, nested):
    key = octets("key%d" % number)
    put = {"request_put": {"key": key, "value": octets("value")}}
    new = {"key": key, "target": "CREATE", "result": "GREATER", "create_revision": "-1"}
    return {"request_txn": {"compare": [new], "success": [put]}} if nested else put

def outcome(count, nested):
    body = json.dumps({"success": [operation(number, nested) for number in range(count)]}).encode()
    try:
        urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:2379/v3/kv/txn", body)).read()
        return "taken"
    except urllib.error.HTTPError as error:
        return json.loads(error.read())["error"]

for attempt in range(100):
    try:
        outcome(1, False)
        break
    except OSError:
        time.sleep(0.2)
said = {(count, nested): outcome(count, nested) for nested in (False, True) for count in (127, 128, 129)}
for (count, nested), text in said.items():
    print(count, "transactions of one put:" if nested else "puts:", text)
refusal = "etcdserver: too many operations in txn request"
assert [said[count, False] for count in (127, 128, 129)] == ["taken", "taken", refusal]
assert [said[count, True] for count in (127, 128, 129)] == ["taken", refusal, refusal]
ASK
if [ "$(id -u)" = 0 ]; then unshare --net sh inside.sh; else unshare --user --map-root-user --net sh inside.sh; fi
