"use strict";
// Tables sort by a click on a head; without this they stay in the order of the report.
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const key = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.sort ?? cell.textContent.trim();
  };
  heads.forEach((head, at) => {
    if (head.classList.contains("fixed") || body.rows.length < 2) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((it) => it.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const number = (text) => (/^-?[\d.]+%?$/.test(text) ? parseFloat(text) : NaN);
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [key(a, at), key(b, at)];
        const [n, m] = [number(x), number(y)];
        const order = Number.isNaN(n) || Number.isNaN(m) ? x.localeCompare(y, "en") : n - m;
        return up ? order : -order;
      });
      body.append(...rows);
    });
  });
}
