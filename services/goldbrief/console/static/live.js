// Brings the part of a page that changes, as long as it says that it will.
const live = document.getElementById("live");
const EVERY_MS = 2000;

async function look() {
  if (live.querySelector("[data-live]") === null) return;
  if (!document.hidden) {
    const open = [...live.querySelectorAll("details")].map((one) => one.open);
    const response = await fetch(live.dataset.from).catch(() => null);
    if (response?.ok && !response.redirected) {
      live.innerHTML = await response.text(); // the server's own template: it escapes
      live.querySelectorAll("details").forEach((one, place) => { one.open = open[place] ?? one.open; });
    }
  }
  setTimeout(look, EVERY_MS);
}
setTimeout(look, EVERY_MS);
