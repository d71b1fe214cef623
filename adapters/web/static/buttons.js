// The buttons under a message: choices, and marks from 1 to 5.

import { $, element } from "./dom.js";
import { text } from "./texts.js";

const MARKS = ["1", "2", "3", "4", "5"];

/** Whether the buttons ask for a mark: the command is the same, and its last word is 1, 2, 3, 4, 5. */
const areMarks = (buttons) =>
  buttons.length === MARKS.length &&
  buttons.every(({ command, text: value }, index) => command === "rate" && value.split(" ").pop() === MARKS[index]);

/** `press(button)` resolves to "" once the press has been taken, or to what kept it from that. */
export function buttonsOf(buttons, press) {
  const group = element("div", "buttons");
  group.role = "group";
  const marks = areMarks(buttons);
  group.ariaLabel = text(marks ? "marks" : "choices");
  if (marks) group.classList.add("marks");
  const trouble = element("p", "trouble");
  trouble.role = "alert";
  for (const [index, one] of buttons.entries()) {
    const button = element("button", one.style, marks ? MARKS[index] : one.label);
    button.type = "button";
    if (marks) button.ariaLabel = text("mark", index + 1);
    else button.dir = "auto";
    button.addEventListener("click", () => chosen(group, button, one, () => press(one), trouble));
    group.append(button);
  }
  if (marks) group.append(element("span", "low", text("lowest")), element("span", "high", text("highest")));
  group.append(trouble);
  return group;
}

async function chosen(group, button, { label, confirm }, press, trouble) {
  if (button.ariaDisabled === "true" || (confirm && !(await sure(confirm, label)))) return;
  const all = [...group.querySelectorAll("button")];
  trouble.textContent = "";
  // Not `disabled`, which would take the focus away from who presses keys.
  for (const one of all) one.ariaDisabled = "true";
  button.ariaPressed = "true";
  trouble.textContent = await press();
  if (!trouble.textContent) return;
  for (const one of all) one.ariaDisabled = "false";
  button.ariaPressed = "false";
}

/** Ask whether it is meant; `label` is what the button says that does it. */
export function sure(sentence, label) {
  const dialog = $("sure");
  dialog.querySelector("p").textContent = sentence;
  dialog.querySelector(".yes").textContent = label;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

export function setUpButtons() {
  const dialog = $("sure");
  dialog.querySelector(".yes").addEventListener("click", () => dialog.close("yes"));
  dialog.querySelector(".no").addEventListener("click", () => dialog.close());
}
