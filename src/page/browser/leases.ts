// The table of leases: found, filtered and cut into pages by the server, so that a hundred thousand are as good as ten.

import type { Lease, LeasePage } from "../../control/messages.ts";
import { byId, cell, make, moment, type Row, rowButton, showRows, within } from "./elements.ts";
import { deviceOf } from "./overview.ts";
import { ask } from "./server.ts";

/** The functions of other parts that the table calls. */
export interface LeasesParts {
  readonly explain: (address: string) => void;
  readonly reserve: (lease: Lease) => void;
  readonly release: (lease: Lease) => void;
  readonly failed: (error: unknown) => void;
}

type LeaseStates = Lease["state"][];

/** So long nothing is typed before the server is asked. */
const TYPING_MS = 300;
/** The server is asked again by itself so many times later than the last search took, at the earliest. */
const PATIENCE = 10;

const STATES: Readonly<Record<Lease["state"], readonly [text: string, className: string]>> = {
  bound: ["bound", "good"],
  offered: ["offered", ""],
  expired: ["expired", ""],
  released: ["released", ""],
  abandoned: ["abandoned", "bad"],
  free: ["free", ""],
};

/** Shows the leases that are asked for. */
export class Leases {
  private readonly parts: LeasesParts;
  private readonly text = byId("search-text", HTMLInputElement);
  private readonly states = byId("search-states", HTMLSelectElement);
  private readonly found = byId("leases-found", HTMLElement);
  private readonly before = byId("page-before", HTMLButtonElement);
  private readonly after = byId("page-after", HTMLButtonElement);
  private readonly pager = within(document, ".pager", HTMLElement);
  private readonly body = within(document, "#leases tbody", HTMLElement);
  /** The last addresses of the pages before this one. */
  private pages: string[] = [];
  private last = "";
  private timer = 0;
  /** Number of the last request: an answer to an older one counts no more. */
  private asked = 0;
  private patientUntil = 0;

  constructor(parts: LeasesParts) {
    this.parts = parts;
    this.text.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.start(), TYPING_MS);
    });
    this.states.addEventListener("change", () => this.start());
    byId("search", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(this.timer);
      this.start();
    });
    this.after.addEventListener("click", () => this.turn([...this.pages, this.last]));
    this.before.addEventListener("click", () => this.turn(this.pages.slice(0, -1)));
  }

  /** Shows leases of these states, without a search. */
  showOnly(states: string): void {
    this.text.value = "";
    this.states.value = states;
    this.start();
    const section = byId("leases", HTMLElement);
    section.focus();
    section.scrollIntoView();
  }

  /** Asks again for the page that is shown, unless that costs the server much. */
  async refresh(): Promise<void> {
    if (performance.now() >= this.patientUntil) await this.load();
  }

  private start(): void {
    this.turn([]);
  }

  private turn(pages: string[]): void {
    this.pages = pages;
    this.found.textContent = "Searching …";
    this.load().catch(this.parts.failed);
  }

  private async load(): Promise<void> {
    const number = ++this.asked;
    const search = this.text.value.trim();
    const states = this.states.value.split(" ").filter((state) => state !== "") as LeaseStates;
    const after = this.pages.at(-1);
    const begun = performance.now();
    const page = await ask({
      command: "lease-page",
      ...(search !== "" && { search }),
      ...(states.length > 0 && { states }),
      ...(after !== undefined && { after }),
    });
    if (number !== this.asked) return;
    const now = performance.now();
    this.patientUntil = now + PATIENCE * (now - begun);
    this.show(page, search);
  }

  private show({ leases, more }: LeasePage, search: string): void {
    this.last = leases.at(-1)?.address ?? "";
    showRows(
      this.body,
      leases.map((lease) => this.rowOf(lease)),
    );
    this.pager.hidden = this.pages.length === 0 && !more;
    this.before.disabled = this.pages.length === 0;
    this.after.disabled = !more;
    const text = foundText(leases.length, more, this.pages.length, search);
    if (this.found.textContent !== text) this.found.textContent = text;
  }

  private rowOf(lease: Lease): Row {
    const { address, hardware, hostName, host, reserved = false } = lease;
    const { explain, reserve, release } = this.parts;
    const name = host ?? hostName;
    return {
      key: address,
      content: { ...lease, lastTransaction: "" },
      cells: () => [
        cell("Device", "head", ...deviceOf(name, hardware)),
        cell(
          "Address",
          "",
          make("span", "mono", address),
          ...(reserved ? [" ", make("span", "badge", "reserved")] : []),
        ),
        cell("Lease", "", make("span", "", ...leaseText(lease))),
        cell("Where", "", ...whereOf(lease)),
        cell(
          "",
          "actions",
          rowButton("Explain", address, () => explain(address)),
          ...(reserved || hardware === "" ? [] : [rowButton("Make static", address, () => reserve(lease))]),
          ...(lease.state === "bound" || lease.state === "abandoned"
            ? [rowButton(lease.state === "bound" ? "Release" : "Use again", address, () => release(lease))]
            : []),
        ),
      ],
    };
  }
}

function leaseText({ state, ends }: Lease): Node[] {
  const [text, className] = STATES[state];
  const badge = make("span", `badge ${className}`, text);
  const until = state === "abandoned" ? "free again " : state === "bound" ? "ends " : "";
  if (ends === "never") return [badge, make("span", "second", "without end")];
  return [badge, make("span", "second", moment(ends, until))];
}

/** The interface or the relay's line, and the subnet. */
function whereOf({ subnet = "", interface: via, circuitId, remoteId }: Lease): Node[] {
  const line = via ?? circuitId ?? remoteId;
  if (line === undefined) return [make("span", "", subnet)];
  return [make("span", "", line), make("span", "second", subnet)];
}

function foundText(count: number, more: boolean, pages: number, search: string): string {
  if (count === 0 && pages === 0) return search === "" ? "There are no such leases." : "No lease matches the search.";
  const page = pages === 0 && !more ? "" : `Page ${pages + 1}: `;
  const number = `${page}${count} lease${count === 1 ? "" : "s"}`;
  return more ? `${number}; more on the next page.` : `${number}.`;
}
