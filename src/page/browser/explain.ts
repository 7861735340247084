// The form by which the server explains what a device would get, or what an address is.

import type { RefusedClient } from "../../control/messages.ts";
import type { ExplainRequest } from "../../control/requests.ts";
import { byId, make, within } from "./elements.ts";
import { sentence } from "./overview.ts";
import { ask } from "./server.ts";

const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** Asks and shows the answer. */
export class ExplainForm {
  private readonly section = byId("explain", HTMLElement);
  private readonly who = byId("explain-who", HTMLInputElement);
  private readonly type = byId("explain-type", HTMLSelectElement);
  private readonly via = byId("explain-via", HTMLInputElement);
  private readonly requested = byId("explain-requested", HTMLInputElement);
  private readonly options = byId("explain-options", HTMLTextAreaElement);
  private readonly names = namesIn(this.options.dataset["names"]);
  private readonly result = byId("explained", HTMLElement);
  private readonly details = within(this.section, "details", HTMLDetailsElement);

  constructor() {
    within(this.section, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
  }

  /** Explains an address. */
  explainAddress(address: string): void {
    this.fill(address, "discover", "", "");
    this.ask();
  }

  /** Explains the message of a client that was refused. */
  explainRefused({ hardware, message, via, address = "" }: RefusedClient): void {
    const type = message === "DHCPREQUEST" ? "request" : message === "DHCPINFORM" ? "inform" : "discover";
    this.fill(hardware, type, via.includes(" ") ? "" : via, type === "request" ? address : "");
    this.details.open = true;
    this.ask();
  }

  private fill(who: string, type: string, via: string, requested: string): void {
    this.who.value = who;
    this.type.value = type;
    this.via.value = via;
    this.requested.value = requested;
    this.options.value = "";
    this.section.focus({ preventScroll: true });
    this.section.scrollIntoView({ block: "start" });
  }

  private ask(): void {
    const who = this.who.value.trim();
    this.result.replaceChildren(make("p", "quiet", "Asking …"));
    this.answerTo(who).then(
      (text) => this.result.replaceChildren(make("pre", "", text.trimEnd())),
      (error: Error) => this.result.replaceChildren(make("p", "notice bad", `${sentence(error.message)}.`)),
    );
  }

  private async answerTo(who: string): Promise<string> {
    if (ADDRESS.test(who)) return (await ask({ command: "explain-address", address: who })).text;
    return (await ask(this.requestOf(who))).text;
  }

  /** Throws where a field cannot be read. */
  private requestOf(who: string): ExplainRequest {
    const via = this.via.value.trim();
    const requested = this.requested.value.trim();
    if (requested !== "" && !ADDRESS.test(requested)) throw new Error(`"${requested}" is not an IP address`);
    return {
      command: "explain",
      hardware: hardwareOf(who),
      type: this.type.value as ExplainRequest["type"],
      ...(via !== "" && (ADDRESS.test(via) ? { giaddr: via } : { via })),
      ...(requested !== "" && { requested }),
      options: this.options.value
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => optionOf(line, this.names)),
    };
  }
}

/** In any of the ways that hardware addresses are written. */
function hardwareOf(text: string): string {
  const digits = text.toLowerCase().replace(/[:.\- ]/g, "");
  if (!/^(?:[0-9a-f]{2}){1,16}$/.test(digits))
    throw new Error(`"${text}" is neither a hardware address like 02:00:00:00:00:07 nor an IP address`);
  return pairsOf(digits);
}

function pairsOf(digits: string): string {
  return (digits.match(/../g) ?? []).join(":");
}

/** "vendor-class-identifier=PXEClient", "60=PXEClient", or "55=01:03:06", with the numbers of options by their names. */
function optionOf(line: string, names: ReadonlyMap<string, number>): { code: number; value: string } {
  const [, word = "", text = ""] = /^\s*([\w-]+)\s*=(.*)$/.exec(line) ?? [];
  const code = names.get(word.toLowerCase()) ?? Number(/^\d{1,3}$/.test(word) ? word : 0);
  if (code < 1 || code > 254)
    throw new Error(
      word === "" || /^\d+$/.test(word)
        ? `"${line.trim()}" is not an option: write vendor-class-identifier=PXEClient, 60=PXEClient or 55=01:03:06`
        : `there is no option "${word}": dhcp-options(5) has the names, and a number will do`,
    );
  const value = text.trim();
  if (/^(?:[0-9a-f]{2}:)+[0-9a-f]{2}$/i.test(value)) return { code, value: value.toLowerCase() };
  const octets = [...new TextEncoder().encode(value)].map((octet) => octet.toString(16).padStart(2, "0"));
  return { code, value: octets.join(":") };
}

/** "subnet-mask=1 routers=3", as the server has written it into the page. */
function namesIn(text = ""): ReadonlyMap<string, number> {
  return new Map(
    text.split(" ").map((pair) => {
      const [name = "", code = ""] = pair.split("=");
      return [name, Number(code)];
    }),
  );
}
