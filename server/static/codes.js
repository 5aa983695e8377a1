// Printing and copying the recovery codes by a button. The page is whole without this.
"use strict";
for (const button of document.querySelectorAll("button[data-does]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.dataset.does === "print") {
      window.print();
      return;
    }
    const codes = [...document.querySelectorAll("ol.codes code")].map((code) => code.textContent);
    const said = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(codes.join("\n") + "\n");
      said.textContent = "Copied. Paste them where they are safe, and then copy something else.";
    } catch {
      said.textContent = "Your browser did not let the page copy. Select the codes and copy them by hand.";
    }
  });
}
