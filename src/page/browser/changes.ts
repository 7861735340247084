// The dialog by which a lease is made static, ended, or an address used again: the command for it, and, if the server
// takes changes from the page, a button for it.

import type { Lease } from "../../control/messages.ts";
import { byId } from "./elements.ts";
import { sentence } from "./overview.ts";
import { ask, Refused, takesChanges } from "./server.ts";

/** A change to be made. */
interface Change {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  /** Whether a name may be chosen; "" where the server makes one. */
  readonly name?: string;
  command(name: string): string;
  run(name: string, token: string): Promise<{ readonly ok: boolean; readonly message: string }>;
}

/** Opens the dialog. */
export class Changes {
  private readonly dialog = byId("change", HTMLDialogElement);
  private readonly name = byId("change-name", HTMLInputElement);
  private readonly command = byId("change-command", HTMLElement);
  private readonly copy = byId("change-copy", HTMLButtonElement);
  private readonly token = byId("change-token", HTMLInputElement);
  private readonly result = byId("change-result", HTMLElement);
  private readonly confirm = byId("change-do", HTMLButtonElement);
  private readonly changed: () => void;
  private change: Change | undefined;
  /** A token that the server has accepted: the page does not ask for it again. */
  private known = "";

  /** `changed` is called when something has been changed. */
  constructor(changed: () => void) {
    this.changed = changed;
    this.name.addEventListener("input", () => this.showCommand());
    this.copy.addEventListener("click", () => void this.copyCommand());
    byId("change-close", HTMLButtonElement).addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      if (takesChanges) void this.run();
    });
  }

  reserve(lease: Lease): void {
    const { address, hardware, hostName } = lease;
    const device = hostName === "" ? hardware : `${hostName} (${hardware})`;
    this.open({
      title: "Make static",
      text: `${device} keeps ${address} from now on, and no other device gets it.`,
      button: "Make static",
      name: nameIn(hostName),
      command: (name) => `anydhcpctl reserve ${hardware} ${address}${name === "" ? "" : ` ${name}`}`,
      run: (name, token) => ask({ command: "reserve", address, hardware, ...(name !== "" && { name }) }, token),
    });
  }

  /** Ends a lease, or has an abandoned address given again. */
  release(lease: Lease): void {
    const { address, hardware, state } = lease;
    const isBound = state === "bound";
    const command = isBound ? "release" : "forgive";
    this.open({
      title: isBound ? "Release" : "Use again",
      text: isBound
        ? `The lease of ${address} ends now. ${hardware} is not told: it goes on using the address until it renews, and another device may get it before.`
        : `${address} may be given to a device again, although another one was found there.`,
      button: isBound ? "Release" : "Use again",
      command: () => `anydhcpctl ${command} ${address}`,
      run: (_name, token) => ask({ command, address }, token),
    });
  }

  private open(change: Change): void {
    this.change = change;
    byId("change-title", HTMLElement).textContent = change.title;
    byId("change-text", HTMLElement).textContent = change.text;
    byId("change-name-label", HTMLElement).hidden = change.name === undefined;
    this.name.value = change.name ?? "";
    byId("change-token-label", HTMLElement).hidden = !takesChanges || this.known !== "";
    byId("change-command-text", HTMLElement).textContent = takesChanges
      ? "As root on the server, this does the same:"
      : "This page only reads. As root on the server, run:";
    this.confirm.hidden = !takesChanges;
    this.confirm.disabled = false;
    this.confirm.textContent = change.button;
    this.copy.textContent = "Copy";
    this.tell("", "");
    this.showCommand();
    this.dialog.showModal();
  }

  private showCommand(): void {
    this.command.textContent = this.change?.command(this.name.value.trim()) ?? "";
  }

  private async copyCommand(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.command.textContent ?? "");
      this.copy.textContent = "Copied";
    } catch {
      // Without a clipboard the command is marked, so that the usual key copies it.
      getSelection()?.selectAllChildren(this.command);
      this.copy.textContent = "Marked";
    }
  }

  private async run(): Promise<void> {
    const { change } = this;
    if (change === undefined) return;
    const token = this.known === "" ? this.token.value.trim() : this.known;
    this.confirm.disabled = true;
    this.tell("", "Asking …");
    try {
      const { ok, message } = await change.run(this.name.value.trim(), token);
      this.known = token;
      this.token.value = "";
      byId("change-token-label", HTMLElement).hidden = true;
      this.tell(ok ? "notice good" : "notice bad", sentence(message));
      if (ok) this.changed();
      else this.confirm.disabled = false;
    } catch (error) {
      if (error instanceof Refused && error.isTokenWrong) this.known = "";
      byId("change-token-label", HTMLElement).hidden = this.known !== "";
      this.confirm.disabled = false;
      this.tell("notice bad", `${sentence(error instanceof Error ? error.message : String(error))}.`);
    }
  }

  private tell(className: string, text: string): void {
    this.result.className = className;
    this.result.textContent = text;
  }
}

/** What stays of a device's own name in the name of a host declaration. */
function nameIn(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z]+|[-.]+$/g, "")
    .slice(0, 64);
}
