// The pages of Node's program leave the memory of a real process, which goes on, text on large pages included.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const ADDON = join(import.meta.dirname, "../../native/build/Release/anydhcpd.node");
const PROGRAM = `
const { readFileSync } = require("node:fs");
const { releaseProgramPages } = require(${JSON.stringify(ADDON)});
const inMemory = () => Number(/^RssFile:\\s+(\\d+)/m.exec(readFileSync("/proc/self/status", "latin1"))[1]);
const before = inMemory();
releaseProgramPages();
const after = inMemory();
// The compiler, the collector, libraries, and data that was relocated when the program began.
let sum = 0;
for (let i = 0; i < 1e6; i++) sum += [i].map((one) => one % 7)[0];
globalThis.gc();
const digest = require("node:crypto").createHash("sha256").update(String(sum)).digest("hex");
const text = require("node:zlib").gunzipSync(require("node:zlib").gzipSync(digest)).toString();
setImmediate(() => console.log(JSON.stringify({ before, after, sum, isSame: text === digest })));
`;

it.each(["off", "silent"])(
  "takes the program's pages out of memory, and the process goes on, large pages %s",
  (large) => {
    const argv = ["--expose-gc", `--use-largepages=${large}`, "-e", PROGRAM];
    const { before, after, sum, isSame } = JSON.parse(execFileSync(process.execPath, argv, { encoding: "utf8" }));
    expect(after).toBeLessThan(before / 2);
    expect({ sum, isSame }).toEqual({ sum: 2_999_997, isSame: true });
  },
);
