// Elements of the page. Text of clients gets into it as text alone: nothing here takes markup.

type Child = Node | string;

/** An element of the page that has to be there. Throws where it is not. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

/** The first element below another one that a selector finds. Throws where there is none. */
export function within<T extends Element>(parent: ParentNode, selector: string, kind: new () => T): T {
  const found = parent.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** Makes an element with a class (or "") and its content. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (className !== "") element.className = className;
  element.append(...children);
  return element;
}

/** A cell of a table; `label` stands before it where a row is shown as a card. */
export function cell(label: string, className: string, ...children: readonly Child[]): HTMLTableCellElement {
  const element = make("td", className, make("div", "", ...children));
  element.dataset["label"] = label;
  return element;
}

/** A button in a row; `about` tells users of screen readers which row it is for. */
export function rowButton(text: string, about: string, action: () => void): HTMLButtonElement {
  const button = make("button", "row-button", text);
  button.type = "button";
  button.dataset["action"] = text;
  button.setAttribute("aria-label", `${text} ${about}`);
  button.addEventListener("click", action);
  return button;
}

/** A row to be shown. */
export interface Row {
  readonly key: string;
  /** A value that changes when the row has to be made anew. */
  readonly content: unknown;
  cells(): readonly Node[];
}

/** Shows these rows in this order; unchanged rows stay, so that a user who is in one of them is not disturbed. */
export function showRows(body: HTMLElement, rows: readonly Row[]): void {
  const before = new Map([...body.children].map((row) => [(row as HTMLElement).dataset["key"], row as HTMLElement]));
  const shown = rows.map(({ key, content, cells }) => {
    const text = JSON.stringify(content);
    const known = before.get(key);
    if (known?.dataset["content"] === text) return known;
    const made = make("tr", "", ...cells());
    made.dataset["key"] = key;
    made.dataset["content"] = text;
    if (known !== undefined) keepFocus(known, () => known.replaceWith(made), made);
    return made;
  });
  const wanted = new Set(shown);
  for (const row of [...body.children]) if (!wanted.has(row as HTMLTableRowElement)) row.remove();
  for (const [index, row] of shown.entries())
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
}

function keepFocus(from: HTMLElement, replace: () => void, to: HTMLElement): void {
  const { activeElement } = document;
  const action =
    from.contains(activeElement) && activeElement instanceof HTMLElement && activeElement.dataset["action"];
  replace();
  if (typeof action !== "string") return;
  for (const button of to.querySelectorAll("button")) if (button.dataset["action"] === action) button.focus();
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** "25 s", "3 min", "2 h 5 min", "3 d". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.round(whole / MINUTE)} min`;
  if (whole < 2 * DAY) {
    const minutes = Math.round((whole % HOUR) / MINUTE);
    return `${Math.floor(whole / HOUR)} h${minutes > 0 && minutes < 60 ? ` ${minutes} min` : ""}`;
  }
  return `${Math.floor(whole / DAY)} d`;
}

/** Seconds from now until a time of ISO text; negative where it is over. */
export function secondsUntil(time: string): number {
  return (Date.parse(time) - Date.now()) / 1000;
}

/** How long ago, or in which time, with the time itself for a user who points at it. `prefix` stands in front. */
export function moment(time: string, prefix = ""): HTMLTimeElement {
  const element = make("time", "");
  element.dateTime = time;
  element.title = new Date(time).toLocaleString();
  element.dataset["prefix"] = prefix;
  tellMoment(element);
  return element;
}

function tellMoment(element: HTMLTimeElement): void {
  const seconds = secondsUntil(element.dateTime);
  const { prefix = "" } = element.dataset;
  element.textContent = seconds >= 0 ? `${prefix}in ${duration(seconds)}` : `${prefix}${duration(-seconds)} ago`;
}

/** Brings the text of all moments up to date. */
export function tellMoments(): void {
  for (const element of document.querySelectorAll("time")) tellMoment(element);
}
