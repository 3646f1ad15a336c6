// Enhances a page that is complete without scripts: folds what is long, sorts, copies, compares, and shows a row or a list
// of files in a dialog.
"use strict";
const all = (where, selector) => [...where.querySelectorAll(selector)];
const box = document.getElementById("box");

function unfold(element) {
  for (let outer = element; outer; outer = outer.parentElement) if (outer.tagName === "DETAILS") outer.open = true;
}

function show(element, title) {
  document.getElementById("box-title").textContent = title;
  const body = document.getElementById("box-body");
  body.replaceChildren();
  if (element.tagName === "TR") {
    const list = document.createElement("dl");
    const headings = all(element.closest("table"), "thead th");
    [...element.cells].forEach((cell, place) => {
      const [term, text] = ["dt", "dd"].map((name) => list.appendChild(document.createElement(name)));
      term.textContent = headings[place].textContent;
      text.append(...cell.cloneNode(true).childNodes);
    });
    body.append(list);
  } else {
    const copy = element.cloneNode(true);
    copy.removeAttribute("id");
    copy.querySelector("h3")?.remove();
    body.append(copy);
  }
  if (!box.open) box.showModal();
}

function follow() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.id.startsWith("why-") || target.id.startsWith("claim-")) {
    const title = target.querySelector("h3")?.textContent ?? target.id.replace("claim-", "Claim ");
    return show(target, title);
  }
  unfold(target);
  target.scrollIntoView();
}

function sortable(table) {
  const body = table.tBodies[0], first = [...body.rows];
  all(table, "thead th").forEach((heading, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const order = { descending: "ascending", ascending: "" }[heading.ariaSort] ?? "descending";
      all(table, "thead th").forEach((other) => other.removeAttribute("aria-sort"));
      if (order) heading.ariaSort = order;
      const key = (row) => row.cells[place].dataset.sort ?? row.cells[place].textContent;
      const sign = order === "descending" ? -1 : 1;
      const rows = order ? [...first].sort((a, b) => sign * compare(key(a), key(b), sign)) : first;
      body.append(...rows);
    });
  });
}

function compare(a, b, sign) {
  if (a === "" || b === "") return a === b ? 0 : sign * (a === "" ? 1 : -1); // what was not measured stays last
  return isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b;
}

function comparison(part) {
  const [scene, before, after, zoom] = ["scene", "before", "after", "zoom"].map((name) => part.querySelector("." + name));
  const slider = part.querySelector("img-comparison-slider"), [left, right] = all(slider, "figure");
  const rows = all(document.getElementById("gallery-" + part.dataset.task), "tr[data-method]");
  const fill = (figure, method) => {
    const image = all(rows.find((row) => row.dataset.method === method), "img")[scene.value];
    Object.assign(figure.querySelector("img"), { src: image.src, alt: image.alt });
    figure.querySelector("figcaption").textContent = method;
  };
  const update = () => [[left, before.value], [right, after.value]].forEach((pair) => fill(...pair));
  [scene, before, after].forEach((choice) => choice.addEventListener("change", update));
  zoom.addEventListener("input", () => slider.style.setProperty("--zoom", zoom.value));
  slider.addEventListener("dblclick", (event) => aim(event));
  slider.addEventListener("pointerdown", (event) => aim(event));
  function aim(event) {
    const frame = slider.getBoundingClientRect();
    slider.style.setProperty("--x", (100 * (event.clientX - frame.left)) / frame.width + "%");
    slider.style.setProperty("--y", (100 * (event.clientY - frame.top)) / frame.height + "%");
  }
  slider.addEventListener("slide", () => (slider.ariaValueNow = Math.round(slider.value)));
  update();
  part.hidden = false;
}

all(document, "details.fold").forEach((part) => (part.open = false));
all(document, "table.sortable").forEach(sortable);
all(document, ".compare").forEach(comparison);
all(document, "button.copy").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.closest("p").nextElementSibling.textContent);
    button.textContent = "Copied";
  });
});
// Only what scrolls is a stop of the keyboard.
const stops = () =>
  all(document, ".scroll").forEach((part) =>
    part.scrollWidth > part.clientWidth ? (part.tabIndex = 0) : part.removeAttribute("tabindex"));
stops();
addEventListener("resize", stops);
document.addEventListener("toggle", stops, true);
addEventListener("hashchange", follow);
// A dialog opens where the reader is; following the address would scroll the page below it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.opens");
  if (!link) return;
  event.preventDefault();
  history.replaceState(null, "", link.getAttribute("href"));
  follow();
});
box.addEventListener("close", () => history.replaceState(null, "", location.pathname + location.search));
box.addEventListener("click", (event) => event.target === box && box.close());
all(document, "details.top a").forEach((link) => link.addEventListener("click", () => (link.closest("details").open = false)));
follow();
