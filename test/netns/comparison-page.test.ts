// The comparison's page in a browser, as wide as a desk and as a telephone: nothing is cut off, nothing has to
// be scrolled sideways, and the plot that fits is the one that is shown. Needs Debian's chromium.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderPage } from "../../lab/report/comparison-page.ts";
import { findChromium } from "../support/browser.ts";
import { SAMPLE } from "../support/comparison-sample.ts";

const chromium = await findChromium();

/** Of windows in pixels, and which drawing of a plot belongs there; both sides of where the page changes. */
const WIDTHS = [
  [1280, "wide"],
  [960, "wide"],
  [959, "narrow"],
  [390, "narrow"],
  [360, "narrow"],
] as const;

/** Runs in the page, and leaves what it has measured in the document's title, which has none of it otherwise. */
const MEASURE = `<script>
addEventListener("load", () => {
  const width = document.documentElement.clientWidth;
  const shown = [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && e.getClientRects().length);
  const beyond = shown.filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && (box.right > width + 1 || box.left < -1);
  });
  const inPlots = shown.filter((e) => e.localName === "text");
  const outOfPlots = inPlots.filter((e) => {
    const [box, plot] = [e.getBoundingClientRect(), e.ownerSVGElement.getBoundingClientRect()];
    return box.left < plot.left - 1 || box.right > plot.right + 1 || box.bottom > plot.bottom + 1;
  });
  const overlapping = inPlots.flatMap((e, i) => inPlots.slice(i + 1).filter((o) => {
    const [a, b] = [e.getBoundingClientRect(), o.getBoundingClientRect()];
    return e.ownerSVGElement === o.ownerSVGElement &&
      a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  }).map((o) => e.textContent + " / " + o.textContent));
  document.title = JSON.stringify({
    width,
    scrollWidth: document.documentElement.scrollWidth,
    beyond: beyond.map((e) => e.localName + ": " + e.textContent.slice(0, 60)),
    outOfPlots: outOfPlots.map((e) => e.textContent),
    overlapping,
    plots: shown.filter((e) => e.localName === "svg" && e.classList.contains("plot")).map((e) => e.classList[1]),
    letters: Math.min(...inPlots.map((e) => parseFloat(getComputedStyle(e).fontSize))),
  });
});
</script>`;

/** What the script has found. */
interface Measured {
  readonly width: number;
  readonly scrollWidth: number;
  readonly beyond: readonly string[];
  readonly outOfPlots: readonly string[];
  readonly overlapping: readonly string[];
  readonly plots: readonly string[];
  readonly letters: number;
}

describe.skipIf(chromium === undefined)("the comparison's page in chromium", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "comparison-page-"));
    writeFileSync(join(folder, "page.html"), renderPage(SAMPLE).replace("</body>", `${MEASURE}</body>`));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function measure(width: number): Promise<Measured> {
    // A window is never narrower than 500 pixels there: a frame of the width is looked into instead.
    const frame = `<iframe src="page.html" style="border:0;width:${width}px;height:800px"></iframe>
<script>addEventListener("load", () => setTimeout(() => {
  document.title = document.querySelector("iframe").contentDocument.title;
}));</script>`;
    writeFileSync(join(folder, `frame-${width}.html`), `<!doctype html><title></title><body>${frame}</body>`);
    const flags = [
      "--headless",
      "--disable-gpu",
      "--no-sandbox",
      "--allow-file-access-from-files",
      "--hide-scrollbars",
    ];
    const own = [`--user-data-dir=${join(folder, "profile")}`, "--virtual-time-budget=5000"];
    const url = `file://${join(folder, `frame-${width}.html`)}`;
    const { stdout } = await promisify(execFile)(chromium ?? "", [...flags, ...own, "--dump-dom", url], {
      maxBuffer: 16 << 20,
      timeout: 60_000,
    });
    const title = /<title>(.*?)<\/title>/.exec(stdout)?.[1] ?? "";
    return JSON.parse(title.replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">"));
  }

  it("has nothing cut off and nothing to scroll sideways, on a desk and on a telephone", async () => {
    for (const [width, drawing] of WIDTHS) {
      const measured = await measure(width);
      expect(measured).toMatchObject({ width, scrollWidth: width, beyond: [], outOfPlots: [], overlapping: [] });
      expect(new Set(measured.plots), `plots in ${width} pixels`).toEqual(new Set([drawing]));
      expect(measured.letters).toBeGreaterThanOrEqual(12);
    }
  });
});
