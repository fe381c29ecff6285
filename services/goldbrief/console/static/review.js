// A rating that saves itself: to the server when it can, to this browser until it has.
// Nothing is overwritten in silence: the server refuses what starts from an older version.

const form = document.getElementById("rating");
const saved = document.getElementById("saved");
const problem = document.getElementById("problem");
const conflict = document.getElementById("conflict");
const scale = form.dataset.scale.split("|");
const place = `goldbrief:${form.dataset.id}`;
const sliders = [...form.querySelectorAll("input[type=range]")];
const marks = [...form.querySelectorAll("input[type=checkbox]")];

const SAVE_AFTER_MS = 700;
const LONGEST_WAIT_MS = 30000;
const IDLE_MS = 60000;

let version = Number(form.elements.version.value);
let seconds = 0;
let lastInput = Date.now();
let timer = 0;
let wait = 1000;
let saving = null;
let isDirty = false;
let isLeaving = false;

// ---- what the form says -------------------------------------------------------------------------

function read() {
  const side = (name) => ({
    scores: Object.fromEntries(sliders.filter((s) => s.dataset.side === name)
      .map((s) => [s.dataset.criterion, Number(s.value)])),
    wrong: marks.filter((m) => m.name === `${name}.wrong` && m.checked).map((m) => Number(m.value)),
  });
  return {
    left: side("left"), right: side("right"),
    preference: form.elements.preference.value, comment: form.elements.comment.value,
  };
}

function fill(rating) {
  for (const slider of sliders) {
    slider.value = rating[slider.dataset.side].scores[slider.dataset.criterion] || 0;
    tell(slider);
  }
  for (const mark of marks) {
    mark.checked = rating[mark.name.split(".")[0]].wrong.includes(Number(mark.value));
  }
  form.elements.preference.value = rating.preference;
  form.elements.comment.value = rating.comment;
}

function tell(slider) {
  slider.setAttribute("aria-valuetext", scale[slider.value]);
  slider.nextElementSibling.value = slider.value === "0" ? "–" : slider.value;
  slider.classList.toggle("unrated", slider.value === "0");
}

// ---- keeping it -----------------------------------------------------------------------------------

function keep() {
  try {
    localStorage.setItem(place, JSON.stringify({ version, rating: read() }));
  } catch { /* full or forbidden: the server's copy is what is left */ }
}

function forget() {
  try { localStorage.removeItem(place); } catch { /* as above */ }
}

function kept() {
  try { return JSON.parse(localStorage.getItem(place)); } catch { return null; }
}

function changed() {
  isDirty = true;
  keep();
  saved.textContent = "";
  clearTimeout(timer);
  if (conflict.hidden) timer = setTimeout(save, SAVE_AFTER_MS);
}

// One request at a time: the second waits for the version that the first one makes.
async function save(action = "DRAFT") {
  clearTimeout(timer);
  while (saving) await saving;
  saving = send(action).finally(() => { saving = null; });
  return saving;
}

async function send(action) {
  const sent = JSON.stringify(read());
  const spent = seconds;
  let response;
  try {
    response = await fetch(`/review/${form.dataset.id}/save.json`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": form.dataset.csrf },
      body: JSON.stringify({ version, action, seconds: spent, rating: JSON.parse(sent) }),
    });
  } catch {
    return later("Not saved yet: no connection. It is kept here, and sent when there is one.");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.status === 409 && answer.version !== undefined) return dispute(answer.version);
  if (response.status === 429 || response.status >= 500) return later(`Not saved yet. ${answer.message ?? ""}`);
  if (!response.ok) {
    problem.textContent = answer.message ?? "This could not be saved.";
    problem.scrollIntoView({ block: "nearest" });
    return null;
  }
  version = answer.version;
  form.elements.version.value = version;
  seconds -= spent;
  wait = 1000;
  problem.textContent = "";
  if (JSON.stringify(read()) === sent) {
    isDirty = false;
    forget();
    saved.textContent = "Saved";
  } else {
    keep();
    timer = setTimeout(save, SAVE_AFTER_MS);
  }
  return answer;
}

function later(message) {
  saved.textContent = message;
  keep();
  timer = setTimeout(save, wait);
  wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  return null;
}

// ---- two windows ----------------------------------------------------------------------------------

let otherVersion = 0;

function dispute(theirs) {
  otherVersion = theirs;
  isDirty = true;
  keep();
  conflict.hidden = false;
  document.getElementById("keep-mine").focus();
  return null;
}

document.getElementById("keep-mine").addEventListener("click", () => {
  version = otherVersion;
  conflict.hidden = true;
  save();
});

document.getElementById("take-other").addEventListener("click", () => {
  isLeaving = true;
  forget();
  location.reload();
});

document.addEventListener("visibilitychange", async () => {
  if (document.hidden || saving || !conflict.hidden) return;
  const response = await fetch(`/review/${form.dataset.id}/version.json`).catch(() => null);
  if (!response?.ok) return;
  const theirs = (await response.json()).version;
  if (theirs <= version) return;
  if (isDirty) dispute(theirs);
  else location.reload();
});

window.addEventListener("beforeunload", (event) => {
  if (isDirty && !isLeaving && kept() === null) event.preventDefault();
});

// ---- input ----------------------------------------------------------------------------------------

form.addEventListener("input", (event) => {
  if (event.target.type === "range") tell(event.target);
  changed();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!conflict.hidden) return document.getElementById("keep-mine").focus();
  const answer = await save(event.submitter?.value ?? "SUBMIT");
  if (answer?.next) {
    isLeaving = true;
    location.assign(answer.next);
  }
});

document.addEventListener("keydown", (event) => {
  lastInput = Date.now();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[value=SUBMIT]"));
  }
});
document.addEventListener("pointermove", () => { lastInput = Date.now(); });
document.addEventListener("scroll", () => { lastInput = Date.now(); }, true);

// A digit sets a slider and goes on to the next.
for (const [place, slider] of sliders.entries()) {
  tell(slider);
  slider.addEventListener("keydown", (event) => {
    if (!/^[0-5]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    slider.value = event.key;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    if (event.key !== "0") (sliders[place + 1] ?? form.elements.preference[0]).focus();
  });
}

// A summary is one stop of the Tab key; arrows go from sentence to sentence.
for (const summary of form.querySelectorAll(".summary")) {
  const own = marks.filter((mark) => summary.contains(mark));
  own.forEach((mark, index) => { mark.tabIndex = index ? -1 : 0; });
  summary.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const next = own[own.indexOf(event.target) + step];
    if (!step || !next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

setInterval(() => {
  if (!document.hidden && Date.now() - lastInput < IDLE_MS) seconds += 1;
}, 1000);

// ---- what was not saved the last time -------------------------------------------------------------

const draft = kept();
if (draft) {
  fill(draft.rating);
  if (draft.version === version) {
    isDirty = true;
    save();
    saved.textContent = "What was not saved before is here again.";
  } else {
    dispute(version);
  }
}
