// Thumbs under an answer, and why it was no help.

import { $, element } from "./dom.js";
import { text } from "./texts.js";

const REASONS = ["wrong", "unclear", "incomplete"]; // as they are stored, and in texts.js

/** `rate(entry, rating, reason)` resolves to "" once it has been taken, or to what kept it from that. */
export function thumbsOf(entry, rate) {
  const holder = element("div", "feedback");
  const group = $("thumbs").content.firstElementChild.cloneNode(true);
  group.ariaLabel = text("rate");
  const note = element("p", "note");
  note.role = "status";
  const buttons = [...group.querySelectorAll("button")];
  const show = () => buttons.forEach((one) => { one.ariaPressed = String(Number(one.dataset.rating) === entry.rating); });
  const give = async (rating, reason = "") => {
    const trouble = await rate(entry, rating, reason);
    note.textContent = trouble;
    if (!trouble) entry.rating = rating;
    show();
    return trouble;
  };
  for (const button of buttons) {
    const rating = Number(button.dataset.rating);
    button.ariaLabel = button.title = text(rating > 0 ? "helpful" : "notHelpful");
    button.addEventListener("click", async () => {
      if (group.ariaBusy === "true" || entry.rating === rating) return;
      group.ariaBusy = "true";
      const trouble = await give(rating);
      group.ariaBusy = "false";
      holder.querySelector(".reasons")?.remove();
      if (trouble || rating > 0) return;
      const reasons = reasonsOf((reason) => give(-1, reason), note);
      note.before(reasons);
      reasons.scrollIntoView({ block: "nearest" });
    });
  }
  show();
  holder.append(group, note);
  return holder;
}

/** Why? Nobody has to say. `tell(reason)` resolves to "" once it has been taken. */
function reasonsOf(tell, note) {
  const group = element("div", "reasons");
  group.role = "group";
  group.ariaLabel = text("why");
  const choose = async (reason) => {
    if (group.ariaBusy === "true") return;
    group.ariaBusy = "true";
    const trouble = await tell(reason);
    group.ariaBusy = "false";
    if (trouble) return;
    group.remove();
    note.textContent = text("thanks");
  };
  const chip = (label, act) => {
    const button = element("button", "chip", label);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  };
  const words = ownWords(choose);
  const other = chip(text("other"), () => {
    words.hidden = !words.hidden;
    other.ariaExpanded = String(!words.hidden);
    if (!words.hidden) words.querySelector("input").focus();
  });
  other.ariaExpanded = "false";
  group.append(element("p", "", text("why")), ...REASONS.map((key) => chip(text(key), () => choose(key))), other, words);
  return group;
}

function ownWords(choose) {
  const form = element("form", "words");
  form.hidden = true;
  const input = element("input");
  input.maxLength = 300;
  input.ariaLabel = input.placeholder = text("inYourWords");
  input.enterKeyHint = "send";
  const send = element("button", "chip", text("tell"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) choose(input.value.trim());
  });
  form.append(input, send);
  return form;
}
