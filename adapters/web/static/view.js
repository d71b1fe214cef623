// The conversation as elements. Customers' text goes in as text only; the bot's HTML was made by our own service.

import { text } from "./texts.js";

const $ = (id) => document.getElementById(id);
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

export function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

const find = (key) => messages.querySelector(`:scope > [data-key="${CSS.escape(key)}"]`);
export const customerKey = (message) => `c-${message}`;
const botKey = (id) => `b-${id}`;

/** Put an entry where it is, or at the end when it is new. */
function place(item, key) {
  const before = find(key);
  item.dataset.key = key;
  const follow = nearEnd();
  if (before) before.replaceWith(item);
  else messages.append(item);
  $("greeting").hidden = true;
  if (follow) scrollToEnd();
}

/** `entry`: message, text, images [{url, width, height}]; `state` (with `actions`) says what became of sending it. */
export function showCustomer(entry, { state = "", detail = "", actions = [] } = {}) {
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
  place(item, customerKey(entry.message));
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

/** `entry` as the service sends it; `rate(entry, rating)` is called for thumbs. */
export function showBot(entry, rate) {
  const item = element("li", "turn bot");
  item.lang = entry.language === "zh" ? "zh-CN" : "en";
  item.append(element("span", "unseen", text("assistant")));
  const bubble = element("div", "bubble");
  const answer = element("div", "answer");
  answer.dir = "auto";
  setHtml(answer, entry.html);
  bubble.append(answer);
  item.append(bubble);
  if (entry.rateable) item.append(thumbs(entry, rate));
  place(item, botKey(entry.id));
}

function thumbs(entry, rate) {
  const group = $("thumbs").content.firstElementChild.cloneNode(true);
  group.ariaLabel = text("rate");
  for (const button of group.querySelectorAll("button")) {
    const rating = Number(button.dataset.rating);
    button.ariaLabel = button.title = text(rating > 0 ? "helpful" : "notHelpful");
    button.ariaPressed = String(entry.rating === rating);
    button.addEventListener("click", () => {
      if (entry.rating === rating) return;
      entry.rating = rating;
      for (const other of group.children) other.ariaPressed = String(other === button);
      rate(entry, rating);
    });
  }
  return group;
}

export const remove = (message) => find(customerKey(message))?.remove();

export const has = (message) => find(customerKey(message)) !== null;

/** Clear and fill anew, without reading it all out again, and without moving what the customer is looking at. */
export function rebuild(fill) {
  const top = nearEnd() ? null : scroller.scrollTop;
  messages.ariaLive = "off";
  clear();
  fill();
  if (top !== null) scroller.scrollTop = top;
  requestAnimationFrame(() => { messages.ariaLive = "polite"; });
}

export function clear() {
  messages.replaceChildren();
  $("greeting").hidden = false;
}

/** Whether the newest line is a question without an answer. */
export const awaitsAnswer = () => Boolean(messages.lastElementChild?.matches(".customer:not(.refused, .waiting, .command)"));

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
