// What a page does besides being read: search as you type, findings that follow the tables, tables that sort, addresses that copy.
// Every page works without this file.
"use strict";

const results = () => document.querySelector("#results");

async function renew(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#results");
  if (fresh && results()) {
    results().replaceWith(document.adoptNode(fresh));
    for (const name of ["table-3"]) document.getElementById(name)?.toggleAttribute("hidden", !page.getElementById(name));
    sortable(results());
  }
}

for (const form of document.querySelectorAll("form[data-live]")) {
  let waiting, asked = 0;
  const search = () => {
    const words = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const address = `${form.getAttribute("action")}${words.size ? `?${words}` : ""}`;
    const mine = ++asked;
    renew(address).then(() => { if (mine === asked) history.replaceState(null, "", address); }).catch(() => {});
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 150); });
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); search(); });
}

const said = document.querySelector("[data-events]");
if (said) {
  const events = new EventSource(said.dataset.events);
  events.addEventListener("checked", async (event) => {
    const told = JSON.parse(event.data);
    if (String(told.number) === results()?.dataset.number) { said.textContent = "Following the tables."; return; }
    const focused = document.activeElement?.id;
    await renew(location.href);
    results()?.classList.add("changed");
    if (focused) document.getElementById(focused)?.focus();
    said.textContent = `Checked again: ${told.violation} violations, ${told.warning} warnings, ${told.info} infos.`;
  });
  events.addEventListener("error", () => { said.textContent = "The server does not answer; this page is as it was."; });
  addEventListener("pagehide", () => events.close());
}

function sortable(place) {
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  for (const table of place.querySelectorAll("table[data-sort]")) {
    const body = table.tBodies[0];
    if (!body || body.rows.length < 2) continue;
    for (const [at, head] of [...table.tHead.rows[0].cells].entries()) {
      if (head.querySelector("a, button") || !head.textContent.trim()) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const key = (row) => row.cells[at]?.textContent.trim() ?? "";
        body.replaceChildren(...[...body.rows].sort((a, b) => (up ? 1 : -1) * compare(key(a), key(b))));
      });
    }
  }
}
sortable(document);

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try { await navigator.clipboard.writeText(field.value); button.textContent = "Copied"; } catch { button.textContent = "Selected"; }
  });
}

for (const details of document.querySelectorAll(".evidence details, .tree details")) addEventListener("beforeprint", () => { details.open = true; });
const problem = document.querySelector("#problem");
if (problem) problem.focus();
