// Which file is which: by its first bytes where they say it, else by where it was put.

import { bytesOf } from "./source.js";

const HEAD_BYTES = 64;

/** "bundle", "trust", or null where its first bytes say neither. */
export async function kindOf(file) {
  const head = await bytesOf(file, 0, Math.min(HEAD_BYTES, file.size));
  if (head[0] === 0x50 && head[1] === 0x4b) return "bundle";
  return /^\uFEFF?\s*\{/.test(new TextDecoder().decode(head)) ? "trust" : null;
}

/** *files* by kind, those put on *zone*; or the key of the text that says why not. */
export async function sorted(files, zone) {
  if (files.length > 2) return "tooMany";
  const found = {};
  const kinds = await Promise.all([...files].map(kindOf));
  const left = [];
  for (const [place, kind] of kinds.entries()) {
    if (kind === null) left.push(files[place]);
    else if (found[kind]) return "twoOfOne";
    else found[kind] = files[place];
  }
  for (const file of left) {
    const free = [zone, "bundle", "trust"].find((kind) => kind && !found[kind]);
    found[free] = file;
  }
  return found;
}

/** Files chosen or dropped anywhere on the page go to *take(files, zone)*. */
export function listen(take) {
  for (const zone of ["bundle", "trust"]) {
    const input = document.getElementById(zone);
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = ""; // so that the same file can be chosen again after it was changed
      if (files.length) take(files, zone);
    });
  }
  const over = (event) => document.querySelectorAll(".zone").forEach((zone) => zone.classList.toggle("over", zone === of(event)));
  const of = (event) => event?.target.closest?.(".zone") ?? null;
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(event);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over(null);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault(); // or the browser would leave the page for the file
    over(null);
    const files = [...event.dataTransfer.files];
    if (files.length) take(files, of(event)?.dataset.zone ?? null);
  });
}
