/* The only script. Every page works without it; it adds copying, showing a password, and focus on errors. */
const say = (text) => {
  const region = document.getElementById("say");
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
};

async function copy(text) {
  try { await navigator.clipboard.writeText(text); return true; } catch { /* plain http has no clipboard API */ }
  const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "vh" });
  document.body.append(area);
  area.focus();
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

async function copyFrom(button) {
  const label = button.querySelector("[data-label]");
  if (label.dataset.busy) return;
  label.dataset.busy = "1";
  const input = document.getElementById(button.dataset.copy);
  const done = await copy(input ? input.value : button.dataset.copy);
  const before = [...label.childNodes];
  label.textContent = done ? "Copied" : "Press Ctrl+C";
  button.focus();
  if (!done) input?.select();
  say(done ? "Copied" : "Not copied. Select the text and press Ctrl+C.");
  setTimeout(() => { label.replaceChildren(...before); delete label.dataset.busy; }, 2500);
}

function toggleSecret(button) {
  const input = document.getElementById(button.dataset.show);
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
}

document.addEventListener("click", (event) => {
  const copier = event.target.closest("[data-copy]");
  if (copier) copyFrom(copier);
  const shower = event.target.closest("[data-show]");
  if (shower) toggleSecret(shower);
});
/* A password that is shown must be sent as a password, so that the browser neither stores nor suggests it as text. */
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("[data-show][aria-pressed='true']")) toggleSecret(button);
});
document.addEventListener("focusin", (event) => { if (event.target.matches(".copy input[readonly]")) event.target.select(); });
document.querySelector("[data-autofocus]")?.focus();
