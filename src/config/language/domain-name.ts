// Domain names of the statements about names in the DNS: `ddns-domainname "lan.example";`.

import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX } from "../../base/limits/names.ts";
import { labelsOf } from "../../wire/options/domain-name.ts";
import type { FieldOf } from "../model/settings.ts";
import type { Cursor } from "./cursor.ts";
import type { StatementRule } from "./statement-rule.ts";

/**
 * The reader of a setting that is a domain name. ISC's dhcpd takes an expression too, which it computes for each client:
 * this server does not, says so, and goes on without.
 */
export function readDomainName(field: FieldOf<"domain-name">): StatementRule["read"] {
  return (cursor, at) => {
    cursor.takeMark("=");
    if (cursor.peek().kind !== "string" || !cursor.isMark(";", 1)) return skipExpression(cursor, at);
    const { text, at: valueAt } = cursor.next();
    const name = text.toLowerCase().replace(/\.$/, "");
    if (name !== "") {
      const labels = labelsOf(name);
      const isLabel = typeof labels !== "string" && labels.length === 1;
      if (typeof labels === "string" || name.length > NAME_OCTETS_MAX || (field === "ddnsHostName" && !isLabel))
        return cursor.report.error(valueAt, `"${text}" is no name`, {
          expected:
            field === "ddnsHostName"
              ? `letters, digits and hyphens without a dot, at most ${LABEL_OCTETS_MAX}`
              : 'a domain name between quotes, like "lan.example"',
        });
    }
    return { kind: "setting", field, value: { [field]: name }, at };
  };
}

function skipExpression(cursor: Cursor, at: number): ReturnType<StatementRule["read"]> {
  const { text } = cursor.peek();
  if (text === "" || text === ";" || text === "}")
    return cursor.unexpected('a name between quotes, like "lan.example"');
  cursor.report.warning(at, "an expression has no effect here: this server computes no names", {
    expected: 'a name between quotes, like "lan.example"',
    hasNoEffect: true,
  });
  while (cursor.peek().kind !== "end" && !cursor.isMark(";") && !cursor.isMark("}")) cursor.next();
  return { kind: "none", at };
}
