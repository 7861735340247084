// What the compiler says: none of this looks at a number, and a wrong line is one that tsc does not compile.
import { describe, expectTypeOf, it } from "vitest";
import type { Branded } from "../../../src/base/branded.ts";
import type { Ipv4 } from "../../../src/base/ipv4.ts";
import type {
  EpochSeconds,
  Milliseconds,
  MonotonicMilliseconds,
  MonotonicSeconds,
  Seconds,
} from "../../../src/base/time.ts";
import type { LeaseSlot } from "../../../src/lease/table/table.ts";

describe("a branded number", () => {
  it("is made from a plain number, and is one", () => {
    expectTypeOf<number>().toExtend<Ipv4>();
    expectTypeOf<Ipv4>().toExtend<number>();
    expectTypeOf<Seconds>().toExtend<Branded<"seconds">>();
  });

  it("is no number of another kind: no address is a place in the table or a duration, no duration an instant", () => {
    expectTypeOf<Ipv4>().not.toExtend<LeaseSlot>();
    expectTypeOf<LeaseSlot>().not.toExtend<Ipv4>();
    expectTypeOf<Ipv4>().not.toExtend<Seconds>();
    expectTypeOf<Seconds>().not.toExtend<Ipv4>();
    expectTypeOf<Seconds>().not.toExtend<EpochSeconds>();
    expectTypeOf<EpochSeconds>().not.toExtend<MonotonicSeconds>();
  });

  it("is not in the unit of another clock: milliseconds are no seconds", () => {
    expectTypeOf<Milliseconds>().not.toExtend<Seconds>();
    expectTypeOf<Seconds>().not.toExtend<Milliseconds>();
    expectTypeOf<MonotonicMilliseconds>().not.toExtend<MonotonicSeconds>();
    expectTypeOf<MonotonicMilliseconds>().not.toExtend<EpochSeconds>();
  });
});
