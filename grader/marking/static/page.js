// What all of these pages have: elements, questions to the server, and a dialog.
const KEPT_ALIVE = 16000; // letters; browsers refuse to keep much more than that alive
export const at = (id) => document.getElementById(id);
export const made = (tag, properties, ...inside) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
};
export const keyed = (key, text) => [made("kbd", {}, key), ` ${text}`];
export const say = (text) => (at("said").textContent = text);
export const query = (path, values) => `${path}?${new URLSearchParams(values)}`;
class Problem extends Error {}

// What the server answers; a conflict is an answer, too.
export const ask = async (path, sent) => {
  const body = JSON.stringify(sent);
  const keepalive = body?.length < KEPT_ALIVE; // it arrives even where the page is closed meanwhile
  const how = sent === undefined ? {} : { method: "POST", body, keepalive };
  const answer = await fetch(path, how).catch(() => {
    throw new Problem("The server does not answer, and nothing is saved. Start `grader mark` again.");
  });
  const said = await answer.json().catch(() => ({ problem: "Open the address that `grader mark` has printed." }));
  if (said.problem) throw new Problem(said.problem);
  return said;
};
export const guarded = (act) => async (...values) => {
  try {
    return await act(...values);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    say(problem.message);
    return false;
  }
};

// The dialog.
export const dialog = at("dialog");
export const open = (heading, ...inside) => {
  at("heading").textContent = heading;
  at("inside").replaceChildren(...inside);
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("#inside :is(input, button)") ?? dialog.querySelector(".close")).focus();
};
export const choices = (...buttons) => made("div", { className: "choices" }, ...buttons);
export const choice = (text, act) => made("button", { type: "button", onclick: guarded(() => act(dialog.close())) }, text);
export const field = (label, value = "") => {
  const input = made("input", { value, autocomplete: "off" });
  return [made("label", {}, label, input), input];
};

at("renew").onclick = guarded(async () => say((await ask("/renew", (say("Working out totals and pages …"), {}))).said));
for (const each of document.querySelectorAll("dialog")) each.querySelector(".close").onclick = () => each.close();
