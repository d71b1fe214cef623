// Where the customer writes: text, pictures (attached, pasted, dropped), and what is wrong with them before they go.

import { $, element } from "./dom.js";
import { text } from "./texts.js";
import { enlarge } from "./view.js";

const form = $("composer");
const field = $("text");
const tray = $("tray");
const COMMAND = /^\/([a-z_]+)(?:\s+([\s\S]*))?$/i;

let limits = { max_bytes: Infinity, max_files: Infinity, max_characters: Infinity };
let attached = []; // {file, url}

export const setLimits = (given) => {
  limits = given;
};

/** What `file` really is, by its first bytes: a renamed file is not a picture. */
async function isPicture(file) {
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const ascii = String.fromCharCode(...head);
  return (
    ascii.startsWith("\x89PNG") || ascii.startsWith("\xff\xd8\xff") || ascii.startsWith("GIF8") ||
    (ascii.startsWith("RIFF") && ascii.slice(8) === "WEBP")
  );
}

async function fault(file) {
  const name = file.name ? `“${file.name}”` : text("unnamed");
  if (file.size === 0) return text("empty", name);
  if (file.size > limits.max_bytes) return text("tooLarge", name, Math.floor(limits.max_bytes / 1e6));
  try {
    return (await isPicture(file)) ? "" : text("notPicture", name);
  } catch {
    return text("notPicture", name); // a folder, or a file that is gone
  }
}

export async function attach(files) {
  const faults = [];
  for (const file of files) {
    const found = await fault(file);
    if (found) faults.push(found);
    else if (attached.length >= limits.max_files) {
      faults.push(text("tooMany", limits.max_files));
      break;
    } else attached.push({ file, url: URL.createObjectURL(file) });
  }
  complain(faults.join("\n"));
  showTray();
  field.focus();
}

export function complain(sentence) {
  $("problem").textContent = sentence;
  $("problem").hidden = !sentence;
}

export function showTray() {
  tray.replaceChildren(
    ...attached.map((one) => {
      const item = $("thumbnail").content.firstElementChild.cloneNode(true);
      const [look, remove] = item.querySelectorAll("button");
      const name = one.file.name || text("picture");
      item.querySelector("img").src = one.url;
      item.querySelector("img").alt = name;
      look.addEventListener("click", () => enlarge(one.url));
      remove.ariaLabel = remove.title = text("remove", name);
      remove.addEventListener("click", () => {
        attached = attached.filter((other) => other !== one);
        URL.revokeObjectURL(one.url);
        complain("");
        showTray();
        field.focus();
      });
      return item;
    }),
  );
  tray.hidden = attached.length === 0;
  refresh();
}

/** The height follows the text, and sending is possible when there is something to send. */
function refresh() {
  field.rows = 1;
  const style = getComputedStyle(field);
  const padding = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
  field.rows = Math.min(8, Math.max(1, Math.round((field.scrollHeight - padding) / parseFloat(style.lineHeight))));
  $("send").disabled = !field.value.trim() && attached.length === 0;
}

export function write(value) {
  field.value = value;
  refresh();
  field.focus();
}

function submit({ message, command }) {
  const value = field.value.trim();
  const length = [...value].length;
  if (!value && !attached.length) return;
  if (length > limits.max_characters) {
    complain(text("tooLong", length, limits.max_characters));
    return;
  }
  const verb = attached.length ? null : value.match(COMMAND);
  const given = attached;
  attached = [];
  field.value = "";
  complain("");
  showTray();
  if (verb) command(verb[1].toLowerCase(), verb[2] ?? "", value);
  else message(value, given);
}

/** `actions`: message(text, [{file, url}]) and command(verb, arguments, text). */
export function setUpComposer(actions) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(actions);
  });
  field.addEventListener("input", refresh);
  field.addEventListener("keydown", (event) => {
    // While an input method composes (Chinese), Enter chooses characters. Safari tells by the key code alone.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit(actions);
  });
  form.querySelector(".field").addEventListener("click", (event) => {
    if (!event.target.closest("button")) field.focus();
  });
  $("attach").addEventListener("click", () => $("files").click());
  $("files").addEventListener("change", async () => {
    const files = [...$("files").files];
    $("files").value = "";
    await attach(files);
  });
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    attach([...event.clipboardData.files]);
  });
  setUpDrop();
  refresh();
}

function setUpDrop() {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0; // each element passed over enters and leaves
  const show = (visible) => {
    if (!visible) depth = 0;
    $("drop").hidden = !visible;
  };
  window.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += 1;
    show(true);
  });
  window.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  window.addEventListener("dragleave", (event) => {
    if (hasFiles(event)) show((depth -= 1) > 0);
  });
  window.addEventListener("drop", (event) => {
    show(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    attach([...event.dataTransfer.files]);
  });
}

export function showExamples() {
  $("examples").replaceChildren(
    ...text("examples").map((example) => {
      const button = element("button", "", example);
      button.type = "button";
      button.addEventListener("click", () => write(example));
      const item = element("li");
      item.append(button);
      return item;
    }),
  );
}
