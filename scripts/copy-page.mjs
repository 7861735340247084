// Part of `npm run build`: what of the status page is not compiled goes beside what is.

import { copyFileSync } from "node:fs";

for (const file of ["page.html", "page.css", "parts.css", "narrow.css"])
  copyFileSync(
    new URL(`../src/page/browser/${file}`, import.meta.url),
    new URL(`../dist/page/browser/${file}`, import.meta.url),
  );
