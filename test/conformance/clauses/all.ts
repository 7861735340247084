// The RFCs whose clauses are on docs/conformance.md.

import type { Rfc } from "./clause.ts";
import { RFC_951 } from "./rfc951.ts";
import { RFC_1534 } from "./rfc1534.ts";
import { RFC_1542 } from "./rfc1542.ts";
import { RFC_2131 } from "./rfc2131.ts";
import { RFC_2132 } from "./rfc2132.ts";
import { RFC_2563 } from "./rfc2563.ts";
import { RFC_2855 } from "./rfc2855.ts";
import { RFC_3004 } from "./rfc3004.ts";
import { RFC_3011 } from "./rfc3011.ts";
import { RFC_3046 } from "./rfc3046.ts";
import { RFC_3118 } from "./rfc3118.ts";
import { RFC_3203 } from "./rfc3203.ts";
import { RFC_3396 } from "./rfc3396.ts";
import { RFC_3397 } from "./rfc3397.ts";
import { RFC_3442 } from "./rfc3442.ts";
import { RFC_3527 } from "./rfc3527.ts";
import { RFC_3925 } from "./rfc3925.ts";
import { RFC_4039 } from "./rfc4039.ts";
import { RFC_4361 } from "./rfc4361.ts";
import { RFC_4388 } from "./rfc4388.ts";
import { RFC_4390 } from "./rfc4390.ts";
import { RFC_4578 } from "./rfc4578.ts";
import { RFC_4702 } from "./rfc4702.ts";
import { RFC_5010 } from "./rfc5010.ts";
import { RFC_5071 } from "./rfc5071.ts";
import { RFC_5107 } from "./rfc5107.ts";
import { RFC_5970 } from "./rfc5970.ts";
import { RFC_6607 } from "./rfc6607.ts";
import { RFC_6704 } from "./rfc6704.ts";
import { RFC_6842 } from "./rfc6842.ts";
import { RFC_6926 } from "./rfc6926.ts";
import { RFC_7724 } from "./rfc7724.ts";
import { RFC_8357 } from "./rfc8357.ts";
import { RFC_8910 } from "./rfc8910.ts";
import { RFC_8925 } from "./rfc8925.ts";

/** All of them. */
export const RFCS: readonly Rfc[] = [
  RFC_951,
  RFC_1534,
  RFC_1542,
  RFC_2131,
  RFC_2132,
  RFC_2563,
  RFC_2855,
  RFC_3004,
  RFC_3011,
  RFC_3046,
  RFC_3118,
  RFC_3203,
  RFC_3396,
  RFC_3397,
  RFC_3442,
  RFC_3527,
  RFC_3925,
  RFC_4039,
  RFC_4361,
  RFC_4388,
  RFC_4390,
  RFC_4578,
  RFC_4702,
  RFC_5010,
  RFC_5071,
  RFC_5107,
  RFC_5970,
  RFC_6607,
  RFC_6704,
  RFC_6842,
  RFC_6926,
  RFC_7724,
  RFC_8357,
  RFC_8910,
  RFC_8925,
];
