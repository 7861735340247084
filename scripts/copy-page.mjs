// Part of `npm run build`: copies the files of the status page that are not compiled beside those that are.

import { copyFileSync } from "node:fs";

for (const file of ["page.html", "page.css", "parts.css", "narrow.css"])
  copyFileSync(
    new URL(`../src/page/browser/${file}`, import.meta.url),
    new URL(`../dist/page/browser/${file}`, import.meta.url),
  );
