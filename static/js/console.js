// What the console adds to pages that work without it: fresh parts, dialogs, times, copying, keys.
"use strict";

(() => {
  const TICK = 5000;
  const byId = (id) => document.getElementById(id);

  // The server shows times in the reader's zone once it knows it.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`timezone=${zone}`)) {
    document.cookie = `timezone=${zone}; path=/; max-age=31536000; samesite=lax`;
  }

  // --- Live parts -------------------------------------------------------------------------------

  // A part in which somebody is typing, or has a menu open, waits.
  const busy = (part) =>
    part.matches("[data-hold]") ||
    (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) ||
    part.querySelector(".menu[open]");

  const tick = () => {
    if (document.visibilityState !== "visible") return;
    // Below a dialog everything waits.
    const within = byId("dialog")?.open ? byId("dialog") : document;
    for (const part of within.querySelectorAll("[data-live]")) {
      if (!busy(part)) htmx.trigger(part, "tick");
    }
  };
  setInterval(tick, TICK);
  document.addEventListener("visibilitychange", tick);

  // What was expanded or scrolled stays so when its part is replaced; what changed is tinted for a moment.
  let before = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target;
    if (!part.matches?.("[data-live]")) return;
    before = {
      open: [...part.querySelectorAll("details[id]")].map((each) => [each.id, each.open]),
      scrolled: [...part.querySelectorAll("[data-keep-scroll][id]")].map((each) => [each.id, each.scrollLeft, each.scrollTop]),
      seen: new Map([...part.querySelectorAll("[data-version][id]")].map((each) => [each.id, each.dataset.version])),
      focus: part.contains(document.activeElement) ? document.activeElement.id : "",
    };
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    times();
    if (!before || !event.detail.elt.matches?.("[data-live]")) return;
    for (const [id, open] of before.open) if (byId(id)) byId(id).open = open;
    for (const [id, left, top] of before.scrolled) byId(id)?.scrollTo(left, top);
    for (const each of event.detail.elt.querySelectorAll("[data-version][id]")) {
      if (before.seen.get(each.id) !== each.dataset.version) each.classList.add("fresh");
    }
    if (before.focus) byId(before.focus)?.focus({ preventScroll: true });
    before = null;
  });

  // The session may have ended, or the server may be away for a moment: parts simply try again.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.target.matches?.("[data-live]")) event.preventDefault();
  });

  // A button that holds a live part still, and lets it go on.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-holds]");
    if (!button) return;
    button.setAttribute("aria-pressed", byId(button.dataset.holds).toggleAttribute("data-hold"));
    tick();
  });

  // --- Times that pass --------------------------------------------------------------------------

  const inWords = (seconds, roughly) => {
    const minutes = Math.floor(seconds / 60);
    const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
    const parts = d ? [[d, "d"], [h, "h"]] : [[h, "h"], [m, "min"]];
    const shown = roughly && (d || h >= 2) ? parts.slice(0, 1) : parts;
    return shown.filter(([n]) => n).map(([n, unit]) => `${n} ${unit}`).join(" ");
  };
  // The sentences around a length of time come from the page, as they may be in another language.
  const times = () => {
    const words = document.body.dataset;
    for (const each of document.querySelectorAll("time[data-live-time]")) {
      const seconds = (Date.now() - Date.parse(each.dateTime)) / 1000;
      const past = seconds >= 0;
      const length = inWords(Math.abs(seconds), each.dataset.liveTime === "ago");
      if (each.dataset.liveTime === "since") each.textContent = length || words.moment;
      else if (!length && past) each.textContent = words.justNow;
      else each.textContent = (past ? words.ago : words.in).replace("%s", length || words.moment);
    }
  };
  setInterval(times, 30000);

  // --- Questions in a dialog --------------------------------------------------------------------

  const dialog = () => {
    const found = byId("dialog");
    if (found && !found.firstElementChild) {
      found.innerHTML = '<div id="question"></div>';
      found.addEventListener("click", (event) => event.target === found && close());
      found.addEventListener("close", () => found.replaceChildren());
    }
    return found;
  };
  const close = () => byId("dialog")?.close();

  // In the capturing phase, before htmx follows the link as a page.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-ask]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && !byId("question")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const box = dialog();
      // Not from the link itself, which is boosted: the address stays that of the page below.
      htmx.ajax("GET", link.href, { target: "#question", swap: "innerHTML", source: box }).then(() => {
        if (!box.open && box.textContent.trim()) box.showModal();
        box.querySelector("[autofocus], .field :is(input, select, textarea):not([type=hidden])")?.focus();
      });
      return;
    }
    if (event.target.closest?.("dialog [data-close]")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      close();
    }
    const menu = document.querySelector(".menu[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  }, true);

  // --- Copying ----------------------------------------------------------------------------------

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https there is no clipboard but the old way.
      const area = Object.assign(document.createElement("textarea"), { value: text });
      area.className = "seen-only-by-ear";
      (byId("dialog")?.open ? byId("dialog") : document.body).append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const from = byId(button.dataset.copy);
    await copy(from ? (from.value ?? from.textContent) : button.dataset.copy);
    const label = button.querySelector("[data-label]") ?? button;
    const was = label.textContent;
    label.textContent = document.body.dataset.copied;
    setTimeout(() => { label.textContent = was; }, 1600);
  });

  // --- Forms that send themselves, and keys -----------------------------------------------------

  let pending;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form?.matches("[data-auto]")) return;
    clearTimeout(pending);
    pending = setTimeout(() => form.requestSubmit(), event.target.matches("select, [type=checkbox], [type=radio]") ? 0 : 350);
  });
  // Empty filters do not belong in the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches?.("form[data-auto], form.filters")) return;
    for (const [name, value] of Object.entries(event.detail.parameters)) if (value === "") delete event.detail.parameters[name];
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      byId("find")?.focus();
      byId("find")?.select();
    }
    if (event.key === "Escape") {
      const menu = document.querySelector(".menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
      if (document.activeElement.closest(".find")) document.activeElement.blur();
    }
  });

  // --- The theme --------------------------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-theme-form]")) return;
    // The server need not be asked, and the page, with what is typed in it, stays.
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    const theme = button.value;
    document.cookie = `theme=${theme}; path=/; max-age=${theme ? 31536000 : 0}; samesite=lax`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    button.value = { dark: "light", light: "", "": "dark" }[theme];
    button.querySelector("span").textContent = event.target.dataset[button.value || "system"];
  }, true);
})();
