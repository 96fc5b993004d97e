// @ts-check
/** Settings: warns on leaving with a change that was not saved. */

let touched = false;

document.addEventListener("input", () => {
  touched = true;
});
document.addEventListener("reset", () => {
  touched = false;
});
document.addEventListener("dealvoice:saved", () => {
  touched = false;
});
window.addEventListener("beforeunload", (event) => {
  if (touched) event.preventDefault();
});
