// Search, filters, sorting and links from cells, for the grid of the class page. Without it the page is whole, and still.
(() => {
  const grid = document.querySelector(".grid");
  const body = grid.tBodies[0];
  const rows = [...body.rows];
  const heads = [...grid.tHead.rows[0].cells];
  const firstCheck = heads.findIndex((head) => head.classList.contains("check"));
  const stateAt = heads.findIndex((head) => head.textContent === "state");
  const words = Object.fromEntries(
    [...document.querySelectorAll(".look")].map((look) => [look.firstChild.textContent, look.lastChild.textContent.trim()]),
  );

  const made = (tag, properties, ...inside) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...inside);
    return element;
  };
  const textOf = (row, column) => row.cells[column]?.textContent ?? "";
  const passed = (cell) => !cell.className;

  // Search and filters: who is shown.
  const states = [...new Set(rows.map((row) => textOf(row, stateAt)))].sort();
  const checks = heads.slice(firstCheck).map((head) => head.textContent);
  const search = made("input", { type: "search", placeholder: "id or name" });
  const state = made("select", {}, new Option("all", ""), ...states.map((each) => new Option(each)));
  const check = made("select", {}, new Option("–", ""), ...checks.map((name, at) => new Option(name, firstCheck + at)));
  const count = made("output", {});
  const shows = (row) => {
    const who = heads.slice(0, stateAt).map((_, column) => textOf(row, column)).join(" ").toLowerCase();
    const failed = row.cells[check.value];
    return (
      who.includes(search.value.trim().toLowerCase()) &&
      (!state.value || textOf(row, stateAt) === state.value) &&
      (!check.value || (failed && row.cells.length === heads.length && !passed(failed)))
    );
  };
  const filter = () => {
    for (const row of rows) row.hidden = !shows(row);
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`;
  };
  const label = (text, control) => made("label", {}, text, control);
  const controls = [label("Search ", search), label("State ", state)];
  if (firstCheck >= 0) controls.push(label("Not passed ", check));
  const form = made("form", { className: "controls" }, ...controls, count);
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  grid.parentElement.before(form);
  filter();

  // Sorting: a press on a heading, and another for the other way round. Checks go by outcome, then by points.
  const order = ["ascending", "descending"];
  const value = (row, column) => {
    if (row.cells.length < heads.length && column >= firstCheck && firstCheck >= 0) return -2;
    const cell = row.cells[column];
    if (heads[column].classList.contains("check")) {
      if (!cell.textContent) return -1; // no verdict
      return passed(cell) ? Infinity : parseFloat(cell.textContent.slice(1)) || 0;
    }
    const number = parseFloat(cell.textContent);
    return heads[column].classList.contains("number") ? (Number.isNaN(number) ? -1 : number) : cell.textContent;
  };
  const sort = (column) => {
    const way = order[+(heads[column].ariaSort === order[0])];
    const sign = way === order[0] ? 1 : -1;
    const keyed = rows.map((row, at) => [value(row, column), at, row]);
    const compared = (a, b) => (typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a < b ? -1 : +(a > b));
    keyed.sort((a, b) => sign * compared(a[0], b[0]) || a[1] - b[1]);
    body.append(...keyed.map((each) => each[2]));
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[column].ariaSort = way;
  };
  heads.forEach((head, column) => {
    const button = made("button", { type: "button" }, ...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });

  // Cells: one stop for the tabulator key, arrows from there; each leads to its check on the student's page.
  const linked = (cell) => {
    const row = cell.parentElement;
    const student = row.querySelector("th a");
    if (cell.firstElementChild || !cell.textContent || !student || row.cells.length < heads.length) return cell.firstElementChild;
    const before = [...row.cells].slice(firstCheck, cell.cellIndex).filter((each) => each.textContent).length;
    const said = `${heads[cell.cellIndex].textContent}: ${words[cell.textContent[0]]}${cell.textContent.slice(1) && `, points:${cell.textContent.slice(1)}`}`;
    const link = made("a", { href: `${student.getAttribute("href")}#check-${before + 1}`, tabIndex: -1, title: said }, cell.textContent);
    link.ariaLabel = `${student.textContent}, ${said}`;
    cell.replaceChildren(link);
    return link;
  };
  const cellOf = (event) => {
    const cell = event.target.closest?.("tbody td");
    return cell && firstCheck >= 0 && cell.cellIndex >= firstCheck ? cell : null;
  };
  body.addEventListener("pointerover", (event) => cellOf(event) && linked(cellOf(event)));
  let stop = null;
  const focus = (cell) => {
    const link = cell && linked(cell);
    if (!link) return false;
    if (stop) stop.tabIndex = -1;
    stop = link;
    link.tabIndex = 0;
    return link;
  };
  const shown = () => [...body.rows].filter((row) => !row.hidden);
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  body.addEventListener("keydown", (event) => {
    const cell = cellOf(event);
    if (!cell || !(event.key in moves)) return;
    const [down, right] = moves[event.key];
    const visible = shown();
    for (let at = visible.indexOf(cell.parentElement) + down, column = cell.cellIndex + right; visible[at]; at += down) {
      const link = column >= firstCheck && focus(visible[at].cells[column]);
      if (link) link.focus();
      if (link || !down) break; // past rows without cells, up or down
    }
    event.preventDefault();
  });
  const first = rows.find((row) => firstCheck >= 0 && row.cells.length === heads.length && row.cells[firstCheck].textContent);
  if (first) focus(first.cells[firstCheck]);
})();
