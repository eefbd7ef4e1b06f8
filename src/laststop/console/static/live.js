// Keeps an open page true: asks for the journal's newest place, and reads the page again when it moved.
"use strict";
(() => {
  const EVERY_MS = 2000;
  let timer = 0;

  const selecting = () => {
    const chosen = window.getSelection();
    return chosen !== null && !chosen.isCollapsed;
  };

  const markOf = (element, main) => {
    if (!(element instanceof HTMLElement) || !main.contains(element)) return "";
    if (element.id) return `#${CSS.escape(element.id)}`;
    const address = element.getAttribute("href");
    return address ? `a[href="${CSS.escape(address)}"]` : "";
  };

  const refresh = async (main) => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = read.getElementById("main");
    if (fresh === null || fresh.dataset.seq === undefined || selecting()) return;
    const focused = markOf(document.activeElement, main);
    main.replaceChildren(...fresh.childNodes);
    main.dataset.seq = fresh.dataset.seq;
    document.title = read.title;
    if (focused) main.querySelector(focused)?.focus({ preventScroll: true });
  };

  const look = async () => {
    window.clearTimeout(timer);
    const main = document.getElementById("main");
    if (main === null || main.dataset.seq === undefined) return;
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch("/api/v1/pulse");
        if (answer.ok && String((await answer.json()).seq) !== main.dataset.seq) await refresh(main);
      } catch {
        // the console is away; it may come back
      }
    }
    if (document.visibilityState === "visible") timer = window.setTimeout(look, EVERY_MS);
  };

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") look();
  });
  timer = window.setTimeout(look, EVERY_MS);
})();
