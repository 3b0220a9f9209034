"use strict";
/* A button that copies it, on every listing that is meant to be copied. */
const copy = (() => {
  async function write(listing) {
    try {
      await navigator.clipboard.writeText(listing.textContent);
      return "Copied";
    } catch {
      getSelection().selectAllChildren(listing); // where the browser forbids it, the reader's own keys still copy
      return "Selected";
    }
  }

  function attach() {
    for (const code of document.querySelectorAll(".code")) {
      const button = elements.make("button", { type: "button", className: "copy", textContent: "Copy" });
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", async () => {
        button.textContent = await write(code.querySelector("pre"));
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      code.append(button);
    }
  }

  return { attach };
})();
