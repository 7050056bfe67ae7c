// The page of points in the place of a check's, and of what students ask about theirs.
import { ask, at, choice, choices, field, guarded, made, open, query, say } from "/page.js";

const shown = async (id) => {
  const { who, total, parts } = await ask(query("/student", { id }));
  at("id").value = id;
  const head = made("p", {}, made("b", {}, who), ` · ${total}`);
  at("student").replaceChildren(head, ...parts.map((part) => card(id, part)));
};
const requests = async () => {
  const found = await ask("/requests");
  const row = ({ id, part, text }) => {
    const label = `${id} · ${part}: ${text}`;
    return made("button", { type: "button", onclick: guarded(() => (say(""), shown(id))) }, label);
  };
  at("requests").replaceChildren(...(found.length ? found.map(row) : ["None."]));
};

// What can be done about a check or an answer; each asks for a sentence, which the student reads too where it says so.
const sending = (path, id, part, texts, more) => guarded(async () => {
  const { said } = await ask(path, { id, part, text: texts.value, ...(more && { points: more() }) });
  await shown(id);
  await requests();
  say(said);
});
const change = (id, { part, points }) => {
  const [pointsLabel, typed] = field(`Points for ${part}, ${points} now`);
  const [label, reason] = field("Reason; the student reads it, too");
  const store = sending("/change", id, part, reason, () => typed.value);
  open(`${id}: other points for ${part}`, pointsLabel, label, choices(choice("Store", store)));
};
const one = (path, heading, words, more) => (id, { part }) => {
  const [label, text] = field(words);
  open(`${id}, ${part}: ${heading}`, label, choices(choice("Store", sending(path, id, part, text, more))));
};
const withdraw = one("/change", "what the check gave counts again", "Reason; the student reads it, too", () => null);
const note = one("/ask", "a request of the student", "What is asked");
const reply = one("/reply", "reply to the request", "Reply; the student reads it");

const card = (id, part) => {
  const does = (text, act) => made("button", { type: "button", onclick: () => act(id, part) }, text);
  const actions = [
    part.isCheck && does("Other points", change),
    part.byHand && does("Take back", withdraw),
    part.isOpen ? does("Reply", reply) : does("Note a request", note),
  ];
  const lines = [...part.messages, part.byHand, ...part.requests].filter(Boolean);
  const what = made("div", { className: "what" }, made("h3", {}, part.title));
  what.append(made("p", { className: "sub" }, `${part.state} `, made("code", {}, part.part)));
  const header = made("header", {}, what, made("p", { className: "points" }, part.points));
  const texts = lines.map((text) => made("p", { className: "message" }, text));
  return made("article", { className: "card" }, header, ...texts, made("p", { className: "actions" }, ...actions.filter(Boolean)));
};

const look = guarded(async () => {
  say("");
  await shown(at("id").value);
});
at("look").onclick = look;
at("id").onkeydown = (event) => void (event.key === "Enter" && look());
guarded(requests)();
at("id").focus();
