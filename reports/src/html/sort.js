"use strict";
// Sorts a table by the column whose heading is pressed; a second press turns the
// order. Missing values stay at the end either way, and equal rows keep their order.
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const ascending = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      const numeric = head.classList.contains("number");
      const keyed = [...table.tBodies[0].rows].map((row) => {
        const cell = row.cells[column];
        const missing = "missing" in cell.dataset;
        return { row, missing, key: numeric ? Number(cell.dataset.sort) : cell.textContent };
      });
      const sign = ascending ? 1 : -1;
      keyed.sort((a, b) => {
        if (a.missing || b.missing) return a.missing - b.missing;
        if (numeric) return sign * (a.key - b.key);
        return sign * a.key.localeCompare(b.key, "en", { numeric: true });
      });
      table.tBodies[0].append(...keyed.map(({ row }) => row));
    });
  });
}
