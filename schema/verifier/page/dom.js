// Elements from data: text is only ever text, so nothing that stands in a file can become markup.

/** An element with *attributes* (a boolean sets or leaves out) and *children*: elements, texts, null for none. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return made;
}

/** A text out of a file; what it does to the direction of writing ends where it ends. */
export function foreign(text) {
  return element("bdi", {}, String(text));
}

/** *text* of the page's own, with what stands between backquotes as something to type. */
export function typing(text) {
  return text.split("`").map((part, place) => (place % 2 ? element("code", {}, part) : part));
}

/** Rows of `[term, description]`; a description of many is a list, one of none leaves the row out. */
export function facts(rows) {
  const shown = rows.filter(([, what]) => what !== null && what !== undefined && !(Array.isArray(what) && !what.length));
  return element("dl", {}, shown.map(([term, what]) => [
    element("dt", {}, term),
    element("dd", {}, Array.isArray(what) ? element("ul", {}, what.map((one) => element("li", {}, one))) : what),
  ]));
}

/** A table; *columns* are `[title, isNumber]`, the first cell of each row is its heading. */
export function table(caption, columns, rows, total = null) {
  const cell = (value, place) => {
    const of = columns[place][1] ? (value === 0 ? "number zero" : "number") : null;
    const shown = typeof value === "number" ? String(value) : value;
    return place ? element("td", { class: of }, shown) : element("th", { scope: "row" }, shown);
  };
  const line = (row) => element("tr", {}, row.map(cell));
  return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": typeof caption === "string" ? caption : caption.textContent },
    element("table", {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, columns.map(([title, isNumber]) => element("th", { scope: "col", class: isNumber ? "number" : null }, title)))),
      element("tbody", {}, rows.map(line)),
      total ? element("tfoot", {}, line(total)) : null,
    ));
}
