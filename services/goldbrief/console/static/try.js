// Shows a summary while it is written; what models wrote becomes text, never markup.
const form = document.getElementById("try");
const written = document.getElementById("written");
const about = document.getElementById("about");
const problem = document.getElementById("problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  written.replaceChildren();
  about.textContent = problem.textContent = "";
  written.setAttribute("aria-busy", "true");
  try {
    await write();
  } catch {
    problem.textContent = "The connection broke off before the summary was whole.";
  } finally {
    written.setAttribute("aria-busy", "false");
  }
});

async function write() {
  const { article, model, persona } = Object.fromEntries(new FormData(form));
  const response = await fetch("/operator/try/write.json", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": form.dataset.csrf },
    body: JSON.stringify({ article, model, persona }),
  });
  if (!response.ok) {
    problem.textContent = (await response.json()).message;
    return;
  }
  let rest = "";
  for await (const part of parts(response.body)) {
    const lines = (rest + part).split("\n");
    rest = lines.pop();
    lines.map(JSON.parse).forEach(show);
  }
}

async function* parts(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
}

function show(step) {
  if (step.delta !== undefined) written.append(step.delta);
  if (step.problem) problem.textContent = step.problem;
  if (step.final) finish(step.final);
}

function finish(final) {
  written.replaceChildren(...final.pieces.map((piece) => {
    if (!piece.kind) return piece.text;
    const mark = document.createElement("mark");
    mark.className = piece.kind;
    mark.textContent = piece.kind === "bad" ? `✗ ${piece.text}` : piece.text;
    return mark;
  }));
  if (final.withheld) written.textContent = "Withheld: the article does not support a figure.";
  about.textContent = `${final.model} version ${final.version}; figures supported ${final.supported} of ${final.figures}; ` +
    `${final.tokens} tokens in ${final.seconds.toFixed(1)} s. ${final.problems.join("; ")} `;
  const lineage = document.createElement("a");
  lineage.href = `/operator/lineage/${encodeURIComponent(final.model)}/${encodeURIComponent(final.version)}`;
  lineage.textContent = "Where it comes from";
  about.append(lineage);
}
