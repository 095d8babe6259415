/**
 * The page's script: sorts tables by their heads, copies a table as CSV, saves a figure as SVG. The page is complete
 * without it. Kept as text because it runs in the reader's browser; allowed there by its hash alone.
 */

export const pageScript = `
"use strict";
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column]?.dataset.value;
      const compare = (a, b) => {
        const x = key(a), y = key(b);
        if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
        const order = isNaN(x) || isNaN(y) ? x.localeCompare(y, undefined, { numeric: true }) : x - y;
        return down ? -order : order;
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}
const addButton = (tools, label, act) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", () => act(button));
  tools.append(button);
};
for (const tools of document.querySelectorAll(".tablebox .tools")) {
  addButton(tools, "Copy as CSV", async (button) => {
    const href = tools.querySelector("a").href;
    try {
      await navigator.clipboard.writeText(decodeURIComponent(href.slice(href.indexOf(",") + 1)));
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copying was refused";
    }
    setTimeout(() => { button.textContent = "Copy as CSV"; }, 2000);
  });
}
for (const figure of document.querySelectorAll("figure")) {
  addButton(figure.querySelector(".tools"), "Save SVG", () => {
    const text = new XMLSerializer().serializeToString(figure.querySelector("svg"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    link.download = figure.dataset.name + ".svg";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}
`.trim();
