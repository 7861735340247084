// Run by interfaces.test.ts inside a network namespace: changes links and addresses there, and
// prints as JSON what the watch and the list said after each step.

const { execFileSync } = require("node:child_process");
const native = require("../../native/build/Release/anydhcpd.node");

const steps = [
  "link add v0 type veth peer name v1",
  "addr add 10.1.0.1/24 dev v0",
  "addr add 10.1.0.2/24 dev v0",
  "addr add 10.9.0.1 peer 10.9.0.2/32 dev v0",
  "link set v0 up",
  "link set v0 name renamed",
  "link del renamed",
];

// Far more changes at once than the watch's socket has room for: the kernel drops some and says so.
const flips = Array.from({ length: 3000 }, (_unused, i) => `link set lo mtu ${2000 + i}`).join("\n");

const results = [];

// Synchronously, so that all word of a step is there before the watch looks.
function take(step) {
  if (step === undefined) execFileSync("ip", ["-batch", "-"], { input: flips });
  else execFileSync("ip", step.split(" "));
}

const watch = new native.InterfaceWatch(() => {
  const step = steps[results.length] ?? "overrun";
  results.push({ step, interfaces: native.listInterfaces() });
  if (step !== "overrun") return take(steps[results.length]);
  watch.close();
  process.stdout.write(JSON.stringify({ results }));
});
take(steps[0]);
