// YASGUI in the SPARQL page: our endpoint, our prefixes, completion of our terms. It asks no other server.
"use strict";

// The editor marks prefixes that a query does not declare, though the endpoint knows them: declare those that it uses.
function withPrefixes(text, prefixes) {
  const used = Object.keys(prefixes).filter((p) => new RegExp(`(^|[^\\w:-])${p}:`).test(text) && !new RegExp(`prefix\\s+${p}:`, "i").test(text));
  return used.map((p) => `PREFIX ${p}: <${prefixes[p]}>\n`).join("") + text;
}

(async () => {
  const place = document.querySelector("#editor"), plain = document.querySelector("#plain"), field = document.querySelector("#query");
  if (!place || !plain || typeof Yasgui === "undefined") return;
  const words = await (await fetch(place.dataset.words, { headers: { Accept: "application/json" } })).json();
  const Yasqe = Yasgui.Yasqe;
  const known = words.terms.map((t) => ({ name: t.name, iri: t.iri, text: `${t.name} ${t.label}`.toLowerCase() }));
  const names = [...known.map((t) => t.name), ...Object.keys(words.prefixes).map((p) => `${p}:`)];

  Yasqe.defaults.autocompleters = ["variables", "boundwork"];
  Yasqe.registerAutocompleter({
    name: "boundwork",
    bulk: false,
    autoShow: true,
    isValidCompletionPosition: (yasqe) => {
      const token = yasqe.getCompleteToken();
      return !token.string.startsWith("?") && !token.string.startsWith("$") && /^[A-Za-z<][\w:<-]*$/.test(token.string.trim());
    },
    get: async (yasqe, token) => {
      const wanted = (token?.string ?? "").trim().toLowerCase();
      const found = known.filter((t) => t.text.includes(wanted)).map((t) => t.name);
      return [...new Set([...names.filter((n) => n.toLowerCase().startsWith(wanted)), ...found])].slice(0, 60);
    },
  }, true);

  place.hidden = false;
  plain.hidden = true;
  const yasgui = new Yasgui(place, {
    requestConfig: { endpoint: new URL(place.dataset.endpoint, location.href).href, method: "POST", args: [], headers: {} },
    copyEndpointOnNewTab: true,
    persistenceId: null,
    endpointCatalogueOptions: { getData: () => [] },
    yasqe: { value: field.value, createShareableLink: (yasqe) => `${location.origin}/query?query=${encodeURIComponent(yasqe.getValue())}`, resizeable: true, autofocus: false },
    yasr: { prefixes: words.prefixes, persistenceId: null },
  });
  const tab = yasgui.getTab();
  const yasqe = tab?.getYasqe();
  const area = place.querySelector(".CodeMirror textarea");
  area?.setAttribute("aria-label", "Query");
  yasqe?.setValue(withPrefixes(field.value, words.prefixes));
  new MutationObserver(() => {
    for (const link of place.querySelectorAll("a.iri[href^=http]")) {
      if (!link.href.startsWith(location.origin)) {
        link.href = `/thing?iri=${encodeURIComponent(link.getAttribute("href"))}`;
        link.removeAttribute("target");
      }
    }
  }).observe(place, { childList: true, subtree: true });
})().catch((error) => {
  document.querySelector("#editor")?.setAttribute("hidden", "");
  document.querySelector("#plain")?.removeAttribute("hidden");
  console.warn(`The editor did not start, so the plain field stays: ${error.message}`);
});
