// Renews the time barcode each second while it can be seen. Without this there is a page that loads
// itself anew.
"use strict";
for (const sheet of document.querySelectorAll("[data-clock]")) {
  const fold = sheet.closest("details");
  const said = sheet.parentElement.querySelector("[role=status]");
  let waiting = false;
  const renew = async () => {
    if (waiting || document.hidden || (fold && !fold.open)) {
      return;
    }
    waiting = true;
    const next = new Image();
    next.id = "time-barcode";
    next.width = next.height = 296;
    next.className = "barcode";
    next.alt = "The server's time as a barcode";
    next.src = sheet.dataset.clock + "?" + Date.now();
    try {
      await next.decode();
      sheet.replaceChildren(next);
      said.textContent = "";
    } catch {
      // An old time would mislead, so none is left standing.
      sheet.replaceChildren();
      said.textContent = "The barcode cannot be renewed now. Load the page again.";
    }
    waiting = false;
  };
  if (fold) {
    fold.addEventListener("toggle", async () => {
      await renew();
      // Whoever went on meanwhile is not taken back.
      const at = document.activeElement;
      if (at === document.body || fold.contains(at)) {
        sheet.scrollIntoView({ block: "nearest" });
      }
    });
  }
  document.addEventListener("visibilitychange", renew);
  setInterval(renew, 1000);
}
