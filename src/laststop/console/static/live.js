// Keeps an open page true, and lets the keyboard lead around. Every page is complete without it.
"use strict";
(() => {
  const POLL_MS = 2000; // while no events come
  const LISTENING_POLL_MS = 30000; // while they do: a safety net
  const TAIL_MS = 1000;
  const LISTEN_AGAIN_MS = 15000;
  const RING_MS = 120;
  let lookTimer = 0;
  let tailTimer = 0;
  let listening = null;
  let refreshing = null;

  const visible = () => document.visibilityState === "visible";
  const main = () => document.getElementById("main");

  // The page as it is becomes the page as it was read, node by node: focus, selection, scrolling and what
  // somebody types stay where they are.
  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");

  const OURS = new Set(["data-touched", "data-met"]);
  const kept = (element, name) => name === "open" && element.dataset.touched !== undefined;

  const takeAttributes = (old, fresh) => {
    for (const { name } of [...old.attributes]) {
      if (!OURS.has(name) && !fresh.hasAttribute(name) && !kept(old, name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value && !kept(old, name)) old.setAttribute(name, value);
    }
  };

  const take = (old, fresh) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    takeAttributes(old, fresh);
    const wanted = [...fresh.childNodes];
    const ids = new Set(wanted.map((node) => node.id).filter(Boolean));
    let at = old.firstChild;
    for (const node of wanted) {
      while (at !== null && at.id && !ids.has(at.id)) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
      }
      if (at !== null && alike(at, node)) {
        const next = at.nextSibling;
        take(at, node);
        at = next;
      } else if (at === null || at.id) {
        old.insertBefore(node, at);
      } else {
        const next = at.nextSibling;
        at.replaceWith(node);
        at = next;
      }
    }
    while (at !== null) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  };

  const read = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const atEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 40;

  const keepingLogsAtTheirEnd = (change) => {
    const followed = [...document.querySelectorAll("[data-tail] .lines")].filter(atEnd).map((log) => log.id);
    change();
    for (const log of document.querySelectorAll("[data-tail] .lines")) {
      if (followed.includes(log.id) || log.dataset.met === undefined) log.scrollTop = log.scrollHeight;
      log.dataset.met = "";
    }
  };

  const refresh = async () => {
    const page = await read(location.pathname + location.search);
    const fresh = page?.getElementById("main");
    const old = main();
    if (!fresh || fresh.dataset.seq === undefined || old === null) return;
    keepingLogsAtTheirEnd(() => take(old, fresh));
    if (document.title !== page.title) {
      document.title = page.title;
      document.getElementById("news").textContent = page.title;
    }
    const icon = page.getElementById("icon")?.getAttribute("href");
    const shown = document.getElementById("icon");
    if (icon && shown.getAttribute("href") !== icon) shown.setAttribute("href", icon);
    tail();
  };

  // One refresh at a time; whoever asks meanwhile waits for the same one.
  const refreshed = () => {
    refreshing ??= refresh().finally(() => {
      refreshing = null;
    });
    return refreshing;
  };

  const look = async () => {
    window.clearTimeout(lookTimer);
    if (!visible() || main()?.dataset.seq === undefined) return;
    try {
      const answer = await fetch("/api/v1/pulse");
      if (answer.ok && String((await answer.json()).seq) !== main().dataset.seq) await refreshed();
    } catch {
      // the console is away; it may come back
    }
    lookSoon(listening === null ? POLL_MS : LISTENING_POLL_MS);
  };

  const lookSoon = (milliseconds) => {
    window.clearTimeout(lookTimer);
    if (visible()) lookTimer = window.setTimeout(look, milliseconds);
  };

  // Server-sent events, read by hand: any event means "look", whatever it says.
  const listen = async () => {
    if (listening !== null || !visible() || main()?.dataset.seq === undefined) return;
    const ends = new AbortController();
    try {
      const answer = await fetch(`/api/v1/events?after=${encodeURIComponent(main().dataset.seq)}`, {
        headers: { Accept: "text/event-stream" },
        signal: ends.signal,
      });
      if (!answer.ok || !(answer.headers.get("Content-Type") ?? "").startsWith("text/event-stream")) {
        ends.abort();
        return; // asking every two seconds will do
      }
      listening = ends;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        if (lines.some((line) => line.startsWith("data:"))) lookSoon(RING_MS);
      }
    } catch {
      // hidden, or the console went away
    }
    if (listening === ends) {
      listening = null;
      lookSoon(POLL_MS);
      window.setTimeout(listen, LISTEN_AGAIN_MS);
    }
  };

  // A log that is being written grows without the journal moving.
  const tail = () => {
    window.clearTimeout(tailTimer);
    if (!visible() || document.querySelector("[data-tail]") === null) return;
    tailTimer = window.setTimeout(async () => {
      const section = document.querySelector("[data-tail]");
      try {
        const alone = location.pathname === section?.dataset.tail;
        const page = section && !(alone && location.search) ? await read(section.dataset.tail) : null;
        for (const id of page && section.isConnected ? ["log-title", "folds"] : []) {
          const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
          if (old && fresh) keepingLogsAtTheirEnd(() => take(old, fresh));
        }
      } catch {
        // the console is away; it may come back
      }
      tail();
    }, TAIL_MS);
  };

  const inWords = (seconds) => {
    if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
    const whole = Math.floor(seconds);
    const two = (number) => String(number).padStart(2, "0");
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
    if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
    return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
  };

  const tick = () => {
    for (const each of document.querySelectorAll("[data-since]")) {
      each.textContent = `for ${inWords((Date.now() - Date.parse(each.dataset.since)) / 1000)}`;
    }
  };

  const PLACES = { h: "/", r: "/runs", v: "/versions", l: "/releases", i: "/inbox" };
  const CHORD_MS = 1500;
  let begunAt = 0;

  const writing = (target) =>
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.nodeName));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    const chord = Date.now() - begunAt < CHORD_MS;
    begunAt = 0;
    if (!chord) {
      if (event.key === "g") begunAt = Date.now();
    } else if (event.key === "t") {
      event.preventDefault();
      document.getElementById("q")?.focus();
    } else if (PLACES[event.key] !== undefined) {
      location.assign(PLACES[event.key]);
    }
  });

  document.addEventListener("click", (event) => {
    const summary = event.target instanceof Element ? event.target.closest("summary") : null;
    if (summary !== null) summary.parentElement.dataset.touched = "";
  });

  // A line that was named and stands outside of the window: read the part it stands in.
  const showNamedLine = () => {
    const named = /^#L(\d+)$/.exec(location.hash);
    if (named === null) return;
    const line = document.getElementById(named[0].slice(1));
    const log = document.getElementById("log");
    if (line !== null) {
      const fold = line.closest("details");
      if (fold !== null) fold.open = true;
      line.scrollIntoView({ block: "center" });
    } else if (log?.dataset.address && !new URLSearchParams(location.search).has("from")) {
      location.replace(`${log.dataset.address}?from=${Math.max(1, Number(named[1]) - 20)}${location.hash}`);
    }
  };

  document.addEventListener("visibilitychange", () => {
    if (visible()) {
      look();
      listen();
      tail();
    } else {
      listening?.abort();
      listening = null;
    }
  });
  window.addEventListener("hashchange", showNamedLine);
  window.setInterval(tick, 1000);
  for (const log of document.querySelectorAll("[data-end], [data-tail] .lines")) log.scrollTop = log.scrollHeight;
  showNamedLine();
  lookSoon(POLL_MS);
  listen();
  tail();
})();
