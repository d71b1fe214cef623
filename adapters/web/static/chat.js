// The chat page: what is sent, what comes back, and what is shown of both.

import * as composer from "./composer.js";
import { getJson, makeId, Outbox, Stream } from "./net.js";
import { chooseLanguage, language, switchLanguage, text } from "./texts.js";
import * as view from "./view.js";

const $ = (id) => document.getElementById(id);
const IDLE_MS = 3000;

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

const outbox = new Outbox((item, state, detail) => {
  if (item.path === "/api/messages") messageChanged(item, state, detail);
  else if (state === "refused" && item.shown) view.showCustomer(item.shown, { state: "refused", detail: reason(detail) });
});

function reason(refusal) {
  const sentences = { session: text("noCookie") };
  return `${text("failed")} ${sentences[refusal.code] ?? (refusal.error || text("refused"))}`;
}

function messageChanged(item, state, refusal) {
  if (state === "sent") {
    unsent.delete(item.id);
    awaited = true;
    const show = () => view.showCustomer(item.shown);
    late?.push(show);
    show();
  } else {
    unsent.set(item.id, { item, state, detail: refusal });
    showUnsent(item.id);
  }
  showActivity();
}

function showUnsent(id) {
  const { item, state, detail } = unsent.get(id);
  if (state === "refused") {
    view.showCustomer(item.shown, {
      state,
      detail: reason(detail),
      actions: [
        [text("again"), () => outbox.add(item)],
        [text("discard"), () => { unsent.delete(id); view.remove(id); }],
      ],
    });
  } else view.showCustomer(item.shown, { state, detail: state === "waiting" ? text("unsent") : "" });
}

function sendMessage(value, attached) {
  const id = makeId();
  const images = attached.map(({ url }) => ({ url }));
  const item = { path: "/api/messages", id, text: value, files: attached.map(({ file }) => file) };
  item.shown = { message: id, text: value, images };
  unsent.set(id, { item, state: "sending" });
  own.set(id, item.shown);
  view.showCustomer(item.shown, { state: "sending" });
  view.scrollToEnd();
  outbox.add(item);
}

function sendCommand(verb, values = "", typed = "") {
  const item = { path: "/api/commands", id: makeId(), body: { verb, text: values } };
  own.set(item.id, null);
  if (verb === "new") begin();
  else if (typed) {
    item.shown = { message: item.id, text: typed, images: [] };
    view.showCustomer(item.shown, { state: "command" });
    view.scrollToEnd();
  }
  outbox.add(item, { first: verb === "stop" });
}

/** Show an empty conversation now; what the service says next tells what is really in it. */
function begin() {
  renewing = true;
  working = awaited = false;
  view.clear();
  for (const id of unsent.keys()) showUnsent(id);
  view.showLive(null);
}

const rate = (entry, rating) =>
  outbox.add({ path: "/api/feedback", id: makeId(), body: { message: entry.message, rating } });

/** Make the page show what the service has, in its order, and what it has not got yet after that. */
function sync() {
  syncing = syncing.catch(() => {}).then(async () => {
    late = [];
    const { entries } = await getJson("/api/transcript").catch((error) => {
      late = null;
      throw error;
    });
    view.rebuild(() => {
      for (const entry of entries) {
        if (entry.speaker === "bot") {
          view.showBot(entry, rate);
          stream.seen(entry.id);
        } else view.showCustomer(entry.images.length ? entry : (own.get(entry.message) ?? entry));
      }
      for (const show of late) show();
      late = null;
      for (const id of unsent.keys()) showUnsent(id);
    });
    awaited = view.awaitsAnswer();
    showActivity();
  });
  return syncing;
}

function showActivity() {
  clearTimeout(idleTimer);
  $("stop").hidden = !working && !awaited;
  if (!working) view.showLive(awaited ? "" : null);
}

const stream = new Stream({
  message(entry) {
    const show = () => view.showBot(entry, rate);
    late?.push(show);
    show();
    awaited = false;
    showActivity();
    if (renewing) {
      renewing = false;
      refresh();
    }
  },
  sent(entry) {
    if (own.has(entry.message)) return;
    // Another page of this session sent it.
    if (entry.kind === "message") {
      const show = () => view.has(entry.message) || view.showCustomer({ ...entry, images: [] });
      late?.push(show);
      show();
      renewing ||= entry.pictures > 0; // they can be had once the answer is there
      awaited = true;
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
}

async function start() {
  chooseLanguage();
  view.setUpView();
  composer.setUpComposer({ message: sendMessage, command: sendCommand });
  showLanguage();
  $("language").addEventListener("click", () => {
    switchLanguage();
    showLanguage();
    refresh();
  });
  $("new").addEventListener("click", () => {
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
    await sync();
    view.scrollToEnd();
    stream.connect();
  } catch {
    stream.handlers.down();
    setTimeout(open, 2000);
  }
}

start();
