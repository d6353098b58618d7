(() => {
  // Sort a table by the column whose heading is pressed: numbers and time spans by value, the rest by letters, blanks last.
  const key = (cell) => {
    const text = (cell ? cell.textContent : "").trim();
    const digits = text.replace(/−/g, "-").replace(/^[<+≤]\s*/, "").replace(/,(?=\d{3})/g, "");
    if (/^\d{4}-\d\d/.test(text)) return text; // a date or a month
    const span = text.match(/^(?:(\d+) h )?(?:(\d+) min)?(?: ?([\d.]+) s)?$/); // "2 h 5 min", "3 min 12 s", "4.2 s"
    if (text && span) return (+span[1] || 0) * 3600 + (+span[2] || 0) * 60 + (+span[3] || 0);
    return text === "" || text === "–" ? null : /^[-+]?[.\d]/.test(digits) ? parseFloat(digits) : text.toLowerCase();
  };
  const order = (a, b) => (a === null || b === null ? (a === null) - (b === null) : typeof a === typeof b ? (a > b) - (a < b) : typeof a === "number" ? -1 : 1);
  for (const table of document.querySelectorAll(".scroll > table")) {
    const body = table.tBodies[0], heads = table.tHead ? [...table.tHead.rows[0].cells] : [];
    if (!body || body.rows.length < 4) continue;
    heads.forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].map((row) => [key(row.cells[column]), row]);
        const blank = ([value]) => value === null;
        const known = rows.filter((row) => !blank(row)).sort((a, b) => (down ? order(b[0], a[0]) : order(a[0], b[0])));
        body.append(...[...known, ...rows.filter(blank)].map(([, row]) => row));
      });
    });
  }
})();
