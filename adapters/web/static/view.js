// The conversation as elements. Customers' text goes in as text only; the bot's HTML was made by our own service.

import { buttonsOf } from "./buttons.js";
import { $, element } from "./dom.js";
import { thumbsOf } from "./feedback.js";
import { language, text } from "./texts.js";

const messages = $("messages");
const live = $("live");
const scroller = $("scroll");
const NEAR_END = 120;

// Where the browser knows trusted types, this is the only way in which HTML gets onto the page.
const policy = window.trustedTypes?.createPolicy("looksee", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

function setHtml(element, html) {
  element.innerHTML = policy.createHTML(html);
  for (const table of element.querySelectorAll("table, pre")) table.tabIndex = 0; // they scroll sideways
}

const find = (key) => messages.querySelector(`:scope > [data-key="${CSS.escape(key)}"]`);
export const customerKey = (message) => `c-${message}`;
const botKey = (id) => `b-${id}`;

let filling = null; // while the conversation is filled anew: what is in it by now, and the line that follows that

/**
 * Put a line where it is, or at the end when it is new. `make` makes it of `shown`; a line that shows the same already is
 * left alone, with what somebody is typing or choosing in it.
 */
function place(key, shown, make) {
  const follow = nearEnd();
  const before = find(key);
  let item = before;
  if (!before || JSON.stringify(before.shown) !== JSON.stringify(shown) || before.language !== language()) {
    item = make();
    item.dataset.key = key;
    Object.assign(item, { shown, language: language() });
    if (before && filling?.next === before) filling.next = item;
    before?.replaceWith(item);
  }
  if (filling) {
    if (filling.next === item) filling.next = item.nextElementSibling;
    else messages.insertBefore(item, filling.next);
    filling.keys.add(key);
  } else if (!before) messages.append(item);
  $("greeting").hidden = true;
  if (follow) scrollToEnd();
}

/** `entry`: message, text, images [{url, width, height}]; `state` (with `actions`) says what became of sending it. */
export function showCustomer(entry, { state = "", detail = "", actions = [] } = {}) {
  const shown = [entry, state, detail];
  place(customerKey(entry.message), shown, () => customerLine(entry, state, detail, actions));
}

function customerLine(entry, state, detail, actions) {
  const item = element("li", `turn customer ${state}`);
  item.append(element("span", "unseen", text("you")));
  if (entry.images?.length) item.append(pictures(entry.images));
  if (entry.text) {
    const bubble = element("div", "bubble", entry.text);
    bubble.dir = "auto";
    item.append(bubble);
  }
  if (detail || actions.length) {
    const line = element("p", "state", detail);
    for (const [label, act] of actions) {
      const button = element("button", "", label);
      button.type = "button";
      button.addEventListener("click", act);
      line.append(" ", button);
    }
    item.append(line);
  }
  return item;
}

function pictures(images) {
  const list = element("ul", "pictures");
  images.forEach((image, index) => {
    const button = element("button", "look");
    button.type = "button";
    button.ariaLabel = text("enlarge", index + 1);
    button.addEventListener("click", () => enlarge(image.url));
    const picture = element("img");
    picture.alt = text("picture");
    picture.src = image.url;
    if (image.width) [picture.width, picture.height] = [image.width, image.height];
    button.append(picture);
    const item = element("li");
    item.append(button);
    list.append(item);
  });
  return list;
}

export function enlarge(url) {
  const viewer = $("viewer");
  viewer.querySelector("img").src = url;
  viewer.querySelector("img").alt = text("picture");
  viewer.showModal();
}

/**
 * `entry` as the service sends it. `acts`: rate(entry, rating, reason) for thumbs, press(entry, button) for buttons.
 */
export function showBot(entry, acts) {
  place(botKey(entry.id), entry, () => botLine(entry, acts));
}

function botLine(entry, acts) {
  const item = element("li", entry.author ? "turn bot person" : "turn bot");
  item.lang = entry.language === "zh" ? "zh-CN" : "en";
  item.append(entry.author ? byline(entry.author) : element("span", "unseen", text("assistant")));
  if (entry.images.length) item.append(pictures(entry.images));
  if (entry.html) {
    const bubble = element("div", "bubble");
    const answer = element("div", "answer");
    answer.dir = "auto";
    setHtml(answer, entry.html);
    bubble.append(answer);
    item.append(bubble);
  }
  if (entry.file) item.append(download(entry.file));
  if (entry.rateable) item.append(thumbsOf(entry, acts.rate));
  // The way to a person stands on the page at all times.
  const buttons = entry.buttons.filter(({ command }) => command !== "human");
  if (buttons.length) item.append(buttonsOf(buttons, (button) => acts.press(entry, button)));
  return item;
}

function byline(author) {
  const line = $("byline").content.firstElementChild.cloneNode(true);
  line.prepend(element("span", "unseen", text("person")));
  line.querySelector("b").textContent = author;
  return line;
}

function download({ name, url }) {
  const link = element("a", "file", text("file", name));
  link.href = url;
  link.download = name;
  return link;
}

/** Change a message that is shown; nothing if it is not. */
export function changeBot(entry, acts) {
  const before = find(botKey(entry.id));
  if (before) showBot({ ...entry, rating: before.shown.rating }, acts);
}

export const removeBot = (id) => take(botKey(id));

export const removeCustomer = (message) => take(customerKey(message));

export const hasCustomer = (message) => has(customerKey(message));

const has = (key) => (filling ? filling.keys.has(key) : find(key) !== null);

function take(key) {
  const item = find(key);
  if (filling && filling.next === item) filling.next = item?.nextElementSibling ?? null;
  item?.remove();
  $("greeting").hidden = messages.children.length > 0;
}

/** Fill anew, without reading it all out again, and without moving what the customer is looking at. */
export function rebuild(fill) {
  const top = nearEnd() ? null : scroller.scrollTop;
  messages.ariaLive = "off";
  filling = { keys: new Set(), next: messages.firstElementChild };
  fill();
  while (filling.next) {
    const stale = filling.next;
    filling.next = stale.nextElementSibling;
    stale.remove();
  }
  filling = null;
  $("greeting").hidden = messages.children.length > 0;
  if (top !== null) scroller.scrollTop = top;
  requestAnimationFrame(() => { messages.ariaLive = "polite"; });
}

export function clear() {
  messages.replaceChildren();
  $("greeting").hidden = false;
}

/** Whether the newest line is a question without an answer. */
export const awaitsAnswer = () => Boolean(messages.lastElementChild?.matches(".customer:not(.refused, .unheard, .waiting, .command)"));

/** The answer being made: "" for dots, with a `remark` if there is one, null for none; `writing` adds the caret. */
export function showLive(html, { writing = true, remark = "" } = {}) {
  const follow = nearEnd();
  live.hidden = html === null;
  live.classList.toggle("writing", Boolean(html) && writing);
  live.classList.toggle("thinking", html === "");
  setHtml(live.querySelector(".answer"), html ?? "");
  live.querySelector(".remark").textContent = remark;
  $("activity").textContent = html === null ? "" : remark || text("working");
  if (follow) scrollToEnd();
}

/** Nothing more is being written; it stays until the finished answer takes its place. */
export const settleLive = () => live.classList.remove("writing");

const nearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;

export function scrollToEnd() {
  scroller.scrollTop = scroller.scrollHeight;
}

export function setUpView() {
  let end = true;
  scroller.addEventListener("scroll", () => {
    end = nearEnd();
    $("newest").hidden = end;
  });
  $("newest").addEventListener("click", scrollToEnd);
  // A picture that has loaded, or a smaller window, must not push the newest line out of sight.
  new ResizeObserver(() => end && scrollToEnd()).observe(scroller);
  scroller.addEventListener("load", () => end && scrollToEnd(), true);
  const viewer = $("viewer");
  viewer.addEventListener("click", (event) => event.target.closest("img") ?? viewer.close());
}
