// The page's head, what needs attention, subnets, and the clients that were refused.

import type { Health } from "../../control/health-messages.ts";
import type { RefusedClient, RefusedClients, Status } from "../../control/messages.ts";
import { byId, cell, duration, make, moment, type Row, rowButton, showRows, within } from "./elements.ts";

type Subnet = Status["subnets"][number];

/** Something to look at; `show`: what a button beside it does. */
interface Notice {
  readonly text: string;
  readonly isBad: boolean;
  readonly button?: { readonly text: string; readonly show: () => void };
}

/** The functions of other parts that the overview calls. */
export interface OverviewParts {
  readonly showAbandoned: () => void;
  readonly explainRefused: (client: RefusedClient) => void;
}

/** Rows that are shown before the user asks for all. */
const ROWS_AT_FIRST = 8;
/** The share of a subnet's addresses in use from which on it is nearly full. */
const NEARLY_FULL = 0.9;

const HEALTH_CLASS = { healthy: "good", degraded: "warn", unhealthy: "bad" } as const;

/** Shows them. */
export class Overview {
  private readonly parts: OverviewParts;
  private readonly subnets = new CutList(byId("subnets", HTMLElement));
  private readonly refused = new CutList(byId("refused", HTMLElement));

  constructor(parts: OverviewParts) {
    this.parts = parts;
  }

  show(status: Status, health: Health, refused: RefusedClients): void {
    showHead(status, health);
    this.showNotices([
      ...healthNotices(health),
      ...serverNotices(status, refused),
      ...this.addressNotices(status),
      ...reloadNotices(status),
    ]);
    this.subnets.show(status.subnets.map(subnetRow));
    within(document, "#refused .empty", HTMLElement).hidden = refused.clients.length > 0;
    within(document, "#refused table", HTMLElement).hidden = refused.clients.length === 0;
    this.refused.show(refused.clients.map((client) => this.refusedRow(client)));
  }

  private showNotices(notices: readonly Notice[]): void {
    const section = byId("notices", HTMLElement);
    section.hidden = notices.length === 0;
    const list = within(section, "ul", HTMLElement);
    const text = JSON.stringify(notices);
    if (list.dataset["content"] === text) return;
    list.dataset["content"] = text;
    list.replaceChildren(
      ...notices.map(({ text: words, isBad, button }) => {
        const item = make("li", isBad ? "bad" : "", words);
        if (button !== undefined) item.append(" ", rowButton(button.text, "", button.show));
        return item;
      }),
    );
  }

  private addressNotices({ subnets }: Status): Notice[] {
    const { showAbandoned: show } = this.parts;
    return subnets
      .filter(({ abandoned }) => abandoned > 0)
      .map(({ subnet, abandoned, size }) => {
        const what = abandoned === 1 ? "1 address is" : `${abandoned} of ${size} addresses are`;
        const text = `${subnet}: ${what} abandoned, because another device was found there.`;
        return { text, isBad: false, button: { text: "Show them", show } };
      });
  }

  private refusedRow(client: RefusedClient): Row {
    const { hardware, hostName, at, count, message, address, via, reason, text } = client;
    const { explainRefused } = this.parts;
    return {
      key: hardware,
      content: client,
      cells: () => [
        cell("Device", "head", ...deviceOf(hostName, hardware)),
        cell("Why", "", make("span", "", sentence(text)), make("span", "second", reason)),
        cell("Asked for", "", address ?? "any address", make("span", "second", `${message} via ${via}`)),
        cell("Last time", "", moment(at), make("span", "second", count === 1 ? "once" : `${count} times`)),
        cell(
          "",
          "actions",
          rowButton("Explain", hardware, () => explainRefused(client)),
        ),
      ],
    };
  }
}

/** A table that shows only its first rows until the user asks for all. */
class CutList {
  private readonly body: HTMLElement;
  private readonly button: HTMLButtonElement;
  private rows: readonly Row[] = [];
  private isWhole = false;

  constructor(section: HTMLElement) {
    this.body = within(section, "tbody", HTMLElement);
    this.button = within(section, ".more button", HTMLButtonElement);
    this.button.addEventListener("click", () => {
      this.isWhole = !this.isWhole;
      this.show(this.rows);
    });
  }

  show(rows: readonly Row[]): void {
    this.rows = rows;
    showRows(this.body, this.isWhole ? rows : rows.slice(0, ROWS_AT_FIRST));
    this.button.hidden = rows.length <= ROWS_AT_FIRST;
    this.button.textContent = this.isWhole ? "Show fewer" : `Show all ${rows.length}`;
  }
}

/** A device's name with its hardware address below. */
export function deviceOf(name: string, hardware: string): Node[] {
  const second = make("span", "second mono", hardware);
  return name === "" ? [make("span", "quiet", "no name"), second] : [make("span", "first", name), second];
}

function showHead(status: Status, { state }: Health): void {
  const badge = byId("health", HTMLElement);
  badge.className = `badge ${HEALTH_CLASS[state]}`;
  badge.textContent = state;
  const { bound = 0 } = status.leases;
  const leases = bound === 1 ? "1 active lease" : `${bound} active leases`;
  const subnets = status.subnets.length === 1 ? "1 subnet" : `${status.subnets.length} subnets`;
  const up = duration(status.uptimeSeconds);
  byId("summary", HTMLElement).textContent = `${leases} in ${subnets} · running for ${up} · ${status.configFile}`;
  byId("version", HTMLElement).textContent = `anydhcpd ${status.version}, ${status.backend} backend`;
}

function healthNotices({ checks }: Health): Notice[] {
  return checks
    .filter(({ state }) => state !== "ok")
    .map(({ state, reason }) => ({ text: `${sentence(reason)}.`, isBad: state === "failed" }));
}

/** Another server is bad news on a network of one's own, and usual beside a second server: the words leave that open. */
function serverNotices({ observed = [] }: Status, { chosenServers }: RefusedClients): Notice[] {
  const seen = new Set(observed.map(({ serverIdentifier }) => serverIdentifier));
  const watched = observed.map(({ source, serverIdentifier, interface: via, offers, acks, naks }) => {
    const at =
      source === "0.0.0.0" || source === serverIdentifier ? serverIdentifier : `${serverIdentifier} (${source})`;
    const what = `${offers} offers, ${acks} acknowledgements, ${naks} refusals seen`;
    return { text: `Another DHCP server answers on ${via}: ${at}; ${what}. ${ADVICE}`, isBad: true };
  });
  const chosen = chosenServers
    .filter(({ serverIdentifier }) => !seen.has(serverIdentifier))
    .map(({ serverIdentifier, via, client, count }) => {
      const times = count === 1 ? "1 request" : `${count} requests`;
      const text = `Clients on ${via} choose another DHCP server, ${serverIdentifier}: ${times}, the last one of ${client}. ${ADVICE}`;
      return { text, isBad: true };
    });
  return [...watched, ...chosen];
}

const ADVICE = "If you did not set it up, find it and take it off the network.";

function reloadNotices({ lastReload }: Status): Notice[] {
  if (lastReload === undefined || lastReload.ok) return [];
  const text = `The last reload was refused, and the configuration before it stays in force: ${lastReload.firstError ?? lastReload.message}`;
  return [{ text, isBad: true }];
}

function subnetRow(figures: Subnet): Row {
  const { subnet, sharedNetwork, size, bound, abandoned, free, reserved, reservedBound } = figures;
  return {
    key: subnet,
    content: figures,
    cells: () => [
      cell("Subnet", "head", make("span", "first", subnet), ...secondLine(sharedNetwork)),
      cell("Usage", "", usageBar(figures)),
      cell("Leased", "number", size === 0 ? "–" : `${bound} of ${size}`),
      cell("Free", "number", size === 0 ? "–" : String(free)),
      cell("Abandoned", abandoned === 0 ? "number none" : "number", String(abandoned)),
      cell(
        "Reserved",
        reserved === 0 ? "number none" : "number",
        reserved === 0 ? "–" : `${reservedBound} of ${reserved}`,
      ),
    ],
  };
}

function usageBar({ size, bound, offered, abandoned }: Subnet): Node {
  if (size === 0) return make("span", "quiet", "reserved addresses only");
  const used = (bound + offered) / size;
  const bar = make("div", used >= NEARLY_FULL ? "bar full" : "bar", part(used, ""), part(abandoned / size, "bad"));
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `${Math.round(100 * used)} % leased`);
  return bar;
}

function part(share: number, className: string): HTMLElement {
  const element = make("span", className);
  element.style.width = `${100 * share}%`;
  return element;
}

function secondLine(text: string | undefined): Node[] {
  return text === undefined ? [] : [make("span", "second", text)];
}

/** With a capital letter at its beginning. */
export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
