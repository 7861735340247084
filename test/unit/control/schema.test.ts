// docs/control-protocol.json: the messages of the control socket as JSON Schema, made from messages.ts. Run with --update
// to write it anew.

import { expect, it } from "vitest";
import { z } from "zod";
import { AddressExplanation, Explanation } from "../../../src/control/explain-messages.ts";
import { Health } from "../../../src/control/health-messages.ts";
import {
  Lease,
  LeaseEventLine,
  LeasePage,
  LeasesEnd,
  OperationResult,
  Refusal,
  RefusedClients,
  ReloadResult,
  Status,
} from "../../../src/control/messages.ts";
import { Request } from "../../../src/control/requests.ts";

const MESSAGES = {
  Request,
  Refusal,
  Status,
  Health,
  Lease,
  LeasesEnd,
  LeasePage,
  RefusedClients,
  LeaseEventLine,
  Explanation,
  AddressExplanation,
  ReloadResult,
  OperationResult,
};

it("the messages of the control socket are in docs as JSON Schema", async () => {
  const schemas = Object.entries(MESSAGES).map(([name, schema]) => [name, z.toJSONSchema(schema)]);
  const text = `${JSON.stringify(Object.fromEntries(schemas), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot("../../../docs/control-protocol.json");
});
