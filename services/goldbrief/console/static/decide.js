// A correction begins with a summary that is there.
const corrected = document.getElementById("corrected");

for (const button of document.querySelectorAll("button[data-from]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    corrected.value = document.getElementById(button.dataset.from).textContent;
    corrected.focus();
  });
}
