// The marking page. What has been typed is saved by itself; one save at a time, and nothing else before it has ended.
import { ask, at, choice, choices, dialog, field, guarded, keyed, made, open, query, say } from "/page.js";

const SAVE_AFTER = 400; // milliseconds without a key
let question = ""; // the id of the one that is marked
let second = false; // whether answers are marked that others have, without what those gave
const asked = (more) => ({ question, second, ...more });
let [list, beside] = [[], []]; // its answers in short, in order; what is told beside their number
let [current, given] = [null, null]; // the answer that is shown, and what it is to have: {items, adjust, comment, scored}
let [dirty, timer, saving] = [false, 0, Promise.resolve(true)];
let ahead = null; // {alias, answer}: the next one, asked for beforehand; in short where somebody has scored it since
const done = []; // what may be undone: {alias, before}
// The list that `next` goes through, and progress.
const load = async () => {
  const { answers, again, flagged, markers } = await ask(query("/overview", asked()));
  list = answers;
  say("");
  beside = [
    second && "marked by others, and independently by you: what they gave is not shown",
    again && `${again} to be looked at again`,
    flagged && `${flagged} flagged`,
    ...Object.entries(markers).map(([who, count]) => `${who} ${count}`),
  ];
  tell();
};
const tell = (scored = list.filter((each) => !isOpen(each)).length) => {
  at("bar").setAttribute("width", (100 * scored) / list.length);
  at("progress").textContent = [`${scored} of ${list.length} scored`, ...beside].filter(Boolean).join(" · ");
};
const place = (alias) => list.findIndex((each) => each.alias === alias);
const around = (number) => list[(number + list.length) % list.length];
const update = (shorts) => shorts.forEach((short) => (list[place(short.alias)] = short));
const isOpen = (short) => short.progress !== "scored";
const nextOpen = (from) => list.map((_, i) => around(from + 1 + i)).find(isOpen)?.alias;
const prepared = (alias) => {
  if (ahead?.alias !== alias) ahead = { alias, answer: ask(query("/answer", asked({ alias, ahead: true }))) };
  ahead.answer.catch(() => (ahead = null));
  return ahead.answer;
};
const fetched = async (alias) => {
  const answer = await prepared(alias);
  return "html" in answer ? answer : ask(query("/answer", asked({ alias })));
};

// The answer that is shown.
const had = ({ has, adjust, comment, scored }) => ({ items: [...has], adjust, comment, scored });
const total = () => {
  const worth = current.items.filter((item) => given.items.includes(item.key)).map((item) => Number(item.points));
  const sum = worth.reduce((a, b) => a + b, Number(given.adjust.replace(",", ".")) || 0);
  return Math.round(100 * Math.min(Math.max(sum, 0), Number(current.max))) / 100;
};
const draw = () => {
  const { progress, marker, flagged, max } = current;
  at("points").textContent = given.scored ? total() : "–";
  at("max").textContent = max;
  at("state").textContent = [progress, marker && `by ${marker}`, flagged && "⚑ flagged"].filter(Boolean).join(" · ");
  const focused = document.activeElement.id;
  at("items").replaceChildren(...current.items.map((item, number) => {
    const has = String(given.scored && given.items.includes(item.key));
    const one = made("button", { type: "button", id: `item-${item.key}`, ariaPressed: has, onclick: () => toggle(item.key) });
    one.append(...(number < 9 ? keyed(number + 1, item.text) : [item.text]), made("span", { className: "worth" }, item.points));
    const name = `Change item ${number + 1}`;
    return made("li", {}, one, made("button", { type: "button", ariaLabel: name, onclick: () => changeItem(item) }, "…"));
  }));
  if (focused.startsWith("item-")) at(focused)?.focus();
};
const take = (answer) => {
  [current, given, dirty, ahead] = [answer, had(answer), false, null];
  at("name").textContent = current.alias;
  at("who").textContent = "";
  at("answer").innerHTML = current.html; // cleaned or escaped by the server; the page's policy runs nothing in it
  at("adjust").value = given.adjust === "0" ? "" : given.adjust;
  at("comment").value = given.comment;
  const { length } = current.alike;
  const words = `${length} more the same, ${current.alike.filter(isOpen).length} of them without points. `;
  at("alike").replaceChildren(...(length ? [words, ...keyed("e", "score them alike")] : []));
  draw();
  const next = nextOpen(place(answer.alias)) ?? answer.alias;
  if (next !== answer.alias) prepared(next).catch(() => {});
};
const show = guarded(async (alias) => {
  if (!(await flush())) return false;
  const answer = await fetched(alias);
  if (!(await flush())) return false; // typed meanwhile, for the answer that was still there
  take(answer);
  return true;
});
const again = async () => {
  await load();
  take(await ask(query("/answer", asked({ alias: current.alias }))));
};

// Saving. `flush` is true where nothing is left to be saved.
const save = (answer, what, reason = "", others = []) => {
  const seen = Object.fromEntries([answer, ...others].map((each) => [each.alias, each.version]));
  const { question, second } = answer;
  return ask("/score", { question, second, seen, ...what, adjust: what.adjust || "0", reason });
};
const saved = (answer, what, shorts) => {
  update(shorts);
  tell();
  Object.assign(answer, shorts[0], { ...what, has: what.items, items: answer.items });
  if (answer === current) draw();
  say(`Saved ${shorts.length === 1 ? answer.alias : `${shorts.length} answers`}.`);
};
const flush = () => {
  clearTimeout(timer);
  saving = saving.then(guarded(async () => {
    if (!dirty) return true;
    const [answer, what, before] = [current, { ...given }, had(current)];
    dirty = false;
    const said = await save(answer, what).catch((problem) => Promise.reject(((dirty = true), problem)));
    if (said.conflicts) return conflict(said.conflicts[0], what);
    done.push({ alias: answer.alias, before });
    saved(answer, what, said);
    return !dirty;
  }));
  return saving;
};
const touch = (change) => {
  [given, dirty] = [{ ...given, ...change }, true];
  say("");
  draw();
  clearTimeout(timer);
  timer = setTimeout(flush, SAVE_AFTER);
};
const toggle = (key) => {
  const items = new Set(given.scored ? given.items : []);
  if (!items.delete(key)) items.add(key);
  touch({ scored: true, items: [...items] });
};

// What is done in dialogs.
const summary = (points, comment) => `${points === "" ? "no points" : points}${comment ? `, “${comment}”` : ""}`;
const conflict = ({ why, answer }, mine) => {
  const own = mine.scored ? total() : "";
  take(answer);
  update([answer]);
  const [label, reason] = field("Reason, if yours is to count");
  const insist = async () => {
    const items = mine.items.filter((key) => answer.items.some((item) => item.key === key));
    const said = await save(answer, { ...mine, items }, reason.value);
    if (said.conflicts) return conflict(said.conflicts[0], mine);
    saved(answer, { ...mine, items }, said);
    return take(answer);
  };
  const there = `There: ${summary(answer.points, answer.comment)} ${answer.marker && `by ${answer.marker}`}`;
  const both = [made("p", {}, there), made("p", {}, `Yours: ${summary(own, mine.comment)}`), label];
  const keep = () => say("Kept what was there.");
  open(`Not saved: ${why}`, ...both, choices(choice("Save mine, with this reason", insist), choice("Keep what is there", keep)));
  return false;
};
const changeItem = (item = null) => {
  const [wordsLabel, words] = field("What to look for", item?.text);
  const [pointsLabel, points] = field("Points", item?.points);
  const store = async () => {
    if (!(await flush())) return;
    const sent = { key: item?.key ?? "", points: points.value, text: words.value, seen: current.itemsVersion };
    const { scored } = await ask("/item", { question, ...sent });
    await again();
    say(`The rubric is changed; ${scored} scores follow from that.`);
  };
  const note = made("p", { className: "muted" }, "Everybody who has this item is scored anew.");
  open(item ? "Change an item of the rubric" : "Add an item to the rubric", wordsLabel, pointsLabel, note, choices(choice("Store", store)));
};
const scoreAlike = guarded(async () => {
  if (!(await flush())) return;
  const [answer, others] = [current, current.alike.filter(isOpen)];
  if (!given.scored || !others.length) return void say("Score this one first; then those like it without points can have the same.");
  const store = async () => {
    const { conflicts } = await save(answer, given, "", others);
    await again();
    say(conflicts ? `Nothing saved: ${conflicts[0].answer.alias}: ${conflicts[0].why}.` : `Saved ${others.length + 1} answers.`);
  };
  const names = others.map((each) => made("li", {}, made("code", {}, each.alias), ` ${each.progress}`));
  open(`Score ${others.length} more alike: ${summary(total(), given.comment)}`, made("ul", {}, ...names), choices(choice("Score them", store)));
});
const bank = guarded(async () => {
  const found = await ask(query("/comments", asked()));
  const use = (text) => touch({ comment: (at("comment").value = [given.comment, text].filter(Boolean).join(" ")) });
  open("Earlier comments", found.length ? choices(...found.map((text) => choice(text, () => use(text)))) : "None yet.");
});
const search = guarded(async () => {
  const [label, text] = field("Search in answers; empty: all");
  const rows = choices();
  const row = (each) => {
    const parts = [each.alias, each.progress, each.points, each.blank && "blank", each.flagged && "⚑ flagged", each.marker];
    return choice(parts.filter(Boolean).join(" · "), () => show(each.alias));
  };
  text.oninput = guarded(async () => {
    const typed = text.value;
    const wanted = typed.trim() && (await ask(query("/find", { question, text: typed })));
    if (typed !== text.value) return; // more was typed since, and is answered by itself
    rows.replaceChildren(...list.filter((each) => !wanted || wanted.includes(each.alias)).map(row));
  });
  text.onkeydown = (event) => void (event.key === "Enter" && rows.firstChild?.click());
  open("Answers", label, rows); // at once: what is typed next goes there
  if (!(await flush())) return;
  await load();
  await text.oninput();
});

// What keys do.
const next = guarded(async () => {
  if (!(await flush())) return;
  for (let alias = nextOpen(place(current.alias)); alias; alias = nextOpen(place(alias))) {
    const answer = await prepared(alias);
    if (isOpen(answer)) return show(alias);
    update([answer]); // somebody else has scored it since the list was loaded
  }
  await load();
  say("All answers to this question are scored.");
});
const step = (by) => show(around(place(current.alias) + by).alias);
const undo = guarded(async () => {
  if (!(await flush())) return;
  const last = done.pop();
  if (!last) return void say("There is nothing to undo.");
  if (!(await show(last.alias))) return;
  touch(last.before);
  if (await flush()) take((done.pop(), current));
});
const flag = guarded(async () => {
  await ask("/flag", sent({ flagged: !current.flagged }));
  update([Object.assign(current, { flagged: !current.flagged })]);
  draw();
});
const sent = (more) => ({ question, alias: current.alias, ...more });
const unmask = guarded(async () => (at("who").textContent = (await ask("/unmask", sent())).who));
const original = () => {
  const both = [...at("answer").querySelectorAll(".rendered, .original")];
  if (both.length > 1) both.forEach((each) => (each.hidden = !each.hidden));
};
const turn = guarded(async (by, mode = second) => {
  if (!(await flush())) return;
  second = mode;
  const select = at("question");
  select.selectedIndex = (select.selectedIndex + by + select.length) % select.length;
  [question, ahead, done.length] = [select.value, null, 0];
  await load();
  if (list.length) return show(nextOpen(-1) ?? list[0].alias);
  await turn(0, false);
  say("Nobody else has scored an answer to this question that you have not been shown.");
});
const independently = () => turn(0, !second);
const agreement = guarded(async () => {
  const found = await ask("/agreements");
  const words = ({ title, pairs, same, apart }) => [title, pairs, ...(pairs ? [same, apart] : ["", ""])];
  const row = (cells, tag = "td") => made("tr", {}, ...cells.map((cell) => made(tag, {}, cell)));
  const heads = ["question", "marked by two", "same points", "apart on average"];
  const table = made("table", {}, row(heads, "th"), ...found.map((each) => row(words(each))));
  const { differing } = found.find((each) => each.question === question);
  const look = ({ alias, who, apart }) => choice(`${alias} · ${who} · ${apart} apart`, () => show(alias));
  open("Agreement, where the second marker was not shown the first's points", table, choices(...differing.map(look)));
});
const KEYS = {
  ...{ 0: () => touch({ scored: true, items: [], adjust: "0" }), r: () => changeItem() },
  ...{ a: () => at("adjust").focus(), c: () => at("comment").focus(), "?": () => at("keys").showModal() },
  ...{ ArrowRight: () => step(1), ArrowLeft: () => step(-1), "]": () => turn(1), "[": () => turn(-1) },
  ...{ d: independently, g: agreement },
  ...{ Enter: next, n: next, b: bank, e: scoreAlike, f: flag, o: original, i: unmask, u: undo, "/": search },
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") || !current) return;
  if (event.target.matches("input, textarea, select")) return void (event.key === "Escape" && event.target.blur());
  if (event.key === "Enter" && event.target.matches("button, summary, a")) return;
  const item = current.items[Number(event.key) - 1];
  const act = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : item && (() => toggle(item.key));
  if (act) act(event.preventDefault());
});
at("adjust").oninput = ({ target }) => touch({ scored: true, adjust: target.value.trim() });
at("comment").oninput = ({ target }) => touch({ comment: target.value });
at("question").onchange = () => turn(0);
document.addEventListener("visibilitychange", () => document.hidden && flush());
for (const each of document.querySelectorAll("[data-key]")) each.onclick = () => current && KEYS[each.dataset.key]();
guarded(async () => {
  const found = await ask("/questions");
  if (!found.length) return say("There is no written answer to mark.");
  at("question").append(...found.map((each) => new Option(each.title, each.id)));
  return turn(0);
})();
