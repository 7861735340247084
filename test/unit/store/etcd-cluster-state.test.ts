// What a node remembers of its cluster.

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ClusterState } from "../../../src/store/etcd/cluster-state.ts";
import { ScratchFolder } from "../../support/journal.ts";

const HEADER = { clusterId: "fffffffffffffffe", revision: 100 };

describe("what a node remembers of its cluster", () => {
  it("is read back: identity, revision, and until when it only renews", () => {
    using folder = new ScratchFolder();
    const state = new ClusterState(folder.file("state"));
    expect(state.read()).toBeUndefined();
    expect(state.compare(HEADER, 0)).toBe("first");
    state.adopt(HEADER);
    state.note(150);
    state.note(120);
    state.renewOnlyUntil = 5000;
    expect(state.write()).toBeUndefined();
    const again = new ClusterState(folder.file("state"));
    expect(again.read()).toBeUndefined();
    expect([again.clusterId, again.revision, again.renewOnlyUntil]).toEqual([HEADER.clusterId, 150, 5000]);
  });

  it("tells another cluster and an older state from the same, by what was known when the question was asked", () => {
    using folder = new ScratchFolder();
    const state = new ClusterState(folder.file("state"));
    state.adopt(HEADER);
    state.note(200);
    expect(state.compare({ ...HEADER, revision: 150 }, 140)).toBe("same");
    expect(state.compare({ ...HEADER, revision: 150 }, 200)).toBe("older");
    expect(state.compare({ ...HEADER, clusterId: "1" }, 0)).toBe("other-cluster");
  });

  it("is written only where something has changed, and a failure is said", () => {
    using folder = new ScratchFolder();
    const state = new ClusterState(folder.file("state"));
    state.adopt(HEADER);
    state.write();
    writeFileSync(folder.file("state"), "touched");
    expect(state.write()).toBeUndefined();
    expect(readFileSync(folder.file("state"), "utf8")).toBe("touched");
    const nowhere = new ClusterState(folder.file("absent/state"));
    nowhere.adopt(HEADER);
    expect(nowhere.write()).toContain("cannot remember the cluster");
  });

  it("counts as nothing where the file is damaged, and that is said", () => {
    using folder = new ScratchFolder();
    for (const text of ["", "{", '{"clusterId":7}', "[]"]) {
      writeFileSync(folder.file("state"), text);
      const state = new ClusterState(folder.file("state"));
      expect(state.read()).toContain("damaged");
      expect(state.compare(HEADER, 0)).toBe("first");
    }
  });
});
