// The chat page: what is sent, what comes back, and what is shown of both.

import { setUpButtons, sure } from "./buttons.js";
import * as composer from "./composer.js";
import { $ } from "./dom.js";
import { getJson, makeId, Outbox, Stream } from "./net.js";
import { isClosed, isWithPerson, offerPeople, setUpStanding, showStanding, whatNewEnds } from "./standing.js";
import { chooseLanguage, language, switchLanguage, text } from "./texts.js";
import * as view from "./view.js";

const IDLE_MS = 3000;
const FINAL = new Set(["refused", "unheard"]); // it was not taken, and is not sent again by itself

const unsent = new Map(); // what this page sent and the service has not taken: id -> {item, state, detail}
let working = false; // the bot is at an answer
let awaited = false; // a question has been taken and nothing has come back yet
let renewing = false; // the next message brings changes to what came before it: a new conversation, pictures
let idleTimer = 0;
let wasDown = false;
let syncing = Promise.resolve();
let notice = null; // what people should know of the model, by language
let late = null; // while the transcript is under way: what comes and may not be in it
const own = new Map(); // what this page sent: id -> what it shows of it, with pictures the transcript has not got yet

const outbox = new Outbox((item, state, refusal) => {
  if (item.path === "/api/messages") messageChanged(item, state, refusal);
  else if (state === "sent") item.settled("");
  else if (FINAL.has(state)) item.settled(reason(refusal));
});

/** Why something was not taken, in a sentence; without a refusal of the service's it was met with silence. */
function reason(refusal) {
  if (!refusal) return text("unheard");
  const sentences = { session: text("noCookie") };
  return `${text("failed")} ${sentences[refusal.code] ?? (refusal.error || text("refused"))}`;
}

function messageChanged(item, state, refusal) {
  if (state === "sent") {
    unsent.delete(item.id);
    show(() => view.showCustomer(item.shown));
    awaited = awaitsAnswer(); // it may be there already
  } else {
    unsent.set(item.id, { item, state, refusal });
    showUnsent(item.id);
    if (FINAL.has(state) && renewing) refresh(); // nothing has begun
  }
  showActivity();
}

function showUnsent(id) {
  const { item, state, refusal } = unsent.get(id);
  if (FINAL.has(state)) {
    const discard = () => { unsent.delete(id); view.removeCustomer(id); };
    const again = () => {
      discard();
      post(item.text, item.files, item.shown.images); // as something new: this one has been dealt with
    };
    const actions = [[text("again"), again], [text("discard"), discard]];
    view.showCustomer(item.shown, { state, detail: reason(refusal), actions });
  } else view.showCustomer(item.shown, { state, detail: state === "waiting" ? text("unsent") : "" });
}

function sendMessage(value, attached) {
  if (isClosed()) begin();
  post(value, attached.map(({ file }) => file), attached.map(({ url }) => ({ url })));
}

function post(value, files, images) {
  const id = makeId();
  const item = { path: "/api/messages", id, text: value, files };
  item.shown = { message: id, text: value, images };
  unsent.set(id, { item, state: "sending" });
  own.set(id, item.shown);
  view.showCustomer(item.shown, { state: "sending" });
  view.scrollToEnd();
  outbox.add(item);
}

function sendCommand(verb, values = "", typed = "") {
  const id = makeId();
  const shown = typed && verb !== "new" ? { message: id, text: typed, images: [] } : null;
  own.set(id, null);
  if (verb === "new") begin();
  else if (shown) {
    view.showCustomer(shown, { state: "command" });
    view.scrollToEnd();
  }
  order(id, { verb, text: values }, { first: verb === "stop" }).then((trouble) => {
    if (!trouble) return;
    if (shown) view.showCustomer(shown, { state: "refused", detail: trouble });
    else composer.complain(trouble);
    if (verb === "new") refresh(); // it goes on where it was
  });
}

/** Give a command. Resolves, as `act` does. */
const order = (id, body, queue) => act("/api/commands", id, body, queue);

/** Resolves to "" once the service has taken it, or to the reason why it was not taken. */
function act(path, id, body, queue) {
  return new Promise((settled) => outbox.add({ path, id, body, settled }, queue));
}

/** Show an empty conversation now; what the service says next tells what is really in it. */
function begin() {
  renewing = true;
  working = awaited = false;
  view.clear();
  for (const id of unsent.keys()) showUnsent(id);
  view.showLive(null);
}

const acts = {
  rate: (entry, rating, reason) =>
    act("/api/feedback", makeId(), { message: entry.message, rating, text: reason }),
  press: (entry, button) =>
    act("/api/commands", makeId(), { verb: button.command, text: button.text, message: entry.message }),
};

/** Make the page show what the service has, in its order, and what it has not got yet after that. */
function sync() {
  syncing = syncing.catch(() => {}).then(async () => {
    late = [];
    const { entries, standing } = await getJson("/api/transcript").catch((error) => {
      late = null;
      throw error;
    });
    view.rebuild(() => {
      for (const entry of entries) {
        if (entry.speaker === "bot") {
          view.showBot(entry, acts);
          stream.seen(entry.version);
        } else view.showCustomer(entry.images.length ? entry : (own.get(entry.message) ?? entry));
      }
      for (const line of late) line();
      late = null;
      for (const id of unsent.keys()) showUnsent(id);
    });
    showStanding(standing);
    awaited = awaitsAnswer();
    showActivity();
  });
  return syncing;
}

/** Show something now, and again on what a transcript brings that is under way and may not have it. */
function show(line) {
  late?.push(line);
  line();
}

/** Whether the newest line is a question to the bot; what people are told gets no answer by itself. */
const awaitsAnswer = () => view.awaitsAnswer() && !isWithPerson();

function showActivity() {
  clearTimeout(idleTimer);
  $("stop").hidden = !working && !awaited;
  if (!working) view.showLive(awaited ? "" : null);
}

const stream = new Stream({
  message(entry) {
    show(() => view.showBot(entry, acts));
    awaited = false;
    showActivity();
    if (renewing) {
      renewing = false;
      refresh();
    }
  },
  changed: (entry) => show(() => view.changeBot(entry, acts)),
  removed: ({ id }) => show(() => view.removeBot(id)),
  standing(told) {
    showStanding(told);
    if (!isWithPerson()) return;
    awaited = false;
    showActivity();
  },
  sent(entry) {
    if (own.has(entry.message)) return;
    // Another page of this session sent it.
    if (entry.kind === "message") {
      if (isClosed()) begin();
      show(() => view.hasCustomer(entry.message) || view.showCustomer({ ...entry, images: [] }));
      renewing ||= entry.pictures > 0; // they can be had once the answer is there
      awaited = !isWithPerson();
      showActivity();
    } else if (entry.command === "new") begin();
  },
  erased() {
    for (const id of own.keys()) if (!unsent.has(id)) own.delete(id);
    begin();
    renewing = false;
    refresh();
  },
  working({ remark }) {
    working = true;
    showActivity();
    view.showLive("", { remark });
  },
  partial({ html }) {
    working = true;
    showActivity();
    view.showLive(html);
  },
  idle() {
    if (!working) return;
    working = false;
    $("stop").hidden = true;
    view.settleLive();
    // The finished answer follows at once and takes the place of what was written so far.
    idleTimer = setTimeout(() => { awaited = false; refresh(); }, IDLE_MS);
  },
  up() {
    // The first time too: another page may have asked something between the transcript and the stream's beginning.
    const first = !wasDown;
    wasDown = false;
    refresh().then(() => first && view.scrollToEnd());
    outbox.wake();
    showConnection();
  },
  down() {
    wasDown = true;
    showConnection();
  },
});

/** Sync, and leave it to the stream's next connection when that fails. */
const refresh = () => sync().catch(() => {});

function showConnection() {
  $("connection").textContent = navigator.onLine ? text("reconnecting") : text("offline");
  $("connection").hidden = !wasDown;
}

function showNotice() {
  $("notice").textContent = notice ? notice[language()] : "";
  $("notice").hidden = !notice;
}

function showLanguage() {
  $("language").textContent = text("switchTo");
  $("language").lang = text("switchTo") === "English" ? "en" : "zh-CN";
  composer.showExamples();
  composer.showTray();
  showConnection();
  showNotice();
  showStanding();
}

async function start() {
  chooseLanguage();
  view.setUpView();
  composer.setUpComposer({ message: sendMessage, command: sendCommand });
  setUpButtons();
  setUpStanding(() => order(makeId(), { verb: "human" }), composer.complain);
  showLanguage();
  $("language").addEventListener("click", () => {
    switchLanguage();
    showLanguage();
    refresh();
  });
  $("new").addEventListener("click", async () => {
    const ends = whatNewEnds();
    if (ends && !(await sure(ends, text("newChat")))) return;
    sendCommand("new");
    composer.write("");
  });
  $("stop").addEventListener("click", () => sendCommand("stop"));
  // A page that the browser keeps for going back to, or that a phone puts aside, has not been left.
  window.addEventListener("pagehide", (event) => event.persisted || navigator.sendBeacon("/api/leave"));
  window.addEventListener("online", () => stream.connect());
  window.addEventListener("offline", () => stream.handlers.down());
  window.addEventListener("beforeunload", (event) => unsent.size && event.preventDefault());
  if (matchMedia("(pointer: fine)").matches) $("text").focus();
  await open();
}

/** Everything the page needs before it can listen; again until it works. */
async function open() {
  try {
    const config = await getJson("/api/config");
    document.title = $("company").textContent = config.company;
    notice = config.notice;
    showNotice();
    composer.setLimits(config);
    offerPeople(config.desk);
    await sync();
    view.scrollToEnd();
    stream.connect();
  } catch {
    stream.handlers.down();
    setTimeout(open, 2000);
  }
}

start();
