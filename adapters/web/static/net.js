// The connection to the service: what is sent, and the stream of what comes back.

import { language } from "./texts.js";

const LATER = new Set([408, 429, 502, 503, 504]); // the service is away or busy; anything else is its answer
const SILENCE_MS = 40000; // the service gives a sign of life every 15 seconds
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15000;

/** A UUID. `crypto.randomUUID` exists on https and localhost only. */
export function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export async function getJson(path) {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

function post(item) {
  if (item.path !== "/api/messages") {
    const body = JSON.stringify({ ...item.body, id: item.id, language: language() });
    return fetch(item.path, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  }
  const form = new FormData();
  form.append("id", item.id);
  form.append("language", language());
  form.append("text", item.text);
  for (const file of item.files) form.append("files", file, file.name || "screenshot.png");
  return fetch(item.path, { method: "POST", body: form });
}

/**
 * Sends one thing after another. What the service could not take (no connection, starting, busy) stays first in the queue and is
 * sent again under the same id, which makes that harmless. What the service refuses is reported and dropped.
 */
export class Outbox {
  #queue = [];
  #busy = false;
  #delay = FIRST_RETRY_MS;
  #timer = 0;

  /** `changed(item, state, refusal)`: state is sending, sent, waiting, refused, or unheard (it was met with silence). */
  constructor(changed) {
    this.changed = changed;
  }

  get size() {
    return this.#queue.length;
  }

  /** Before everything else when `first`: a stop must not wait for what is stuck. */
  add(item, { first = false } = {}) {
    if (first) this.#queue.splice(this.#busy ? 1 : 0, 0, item);
    else this.#queue.push(item);
    this.wake();
  }

  /** Try now. */
  wake() {
    clearTimeout(this.#timer);
    if (!this.#busy) this.#run();
  }

  async #run() {
    this.#busy = true;
    while (this.#queue.length) {
      const item = this.#queue[0];
      this.changed(item, "sending");
      const { state, refusal } = await this.#deliver(item);
      if (state === "waiting") {
        item.uncertain = true; // it may have arrived
        this.changed(item, state);
        this.#timer = setTimeout(() => this.wake(), this.#delay);
        this.#delay = Math.min(this.#delay * 2, LONGEST_RETRY_MS);
        break;
      }
      this.#delay = FIRST_RETRY_MS;
      this.#queue.shift();
      this.changed(item, state, refusal);
    }
    this.#busy = false;
  }

  /** What became of it, as `changed` is told; `refusal` is the service's {code, error}. */
  async #deliver(item) {
    let response;
    try {
      response = await post(item);
      if (response.status === 401 && !item.renewed) {
        item.renewed = true; // the cookie is gone: get another, once
        await getJson("/api/config");
        response = await post(item);
      }
    } catch {
      return { state: "waiting" };
    }
    if (LATER.has(response.status)) return { state: "waiting" };
    const body = await response.json().catch(() => ({ code: "", error: "" }));
    if (!response.ok) return { state: "refused", refusal: body };
    return { state: body.new === false && !item.uncertain ? "unheard" : "sent" };
  }
}

/** The stream of events, connected again whenever it breaks; nothing is lost or doubled across that. */
export class Stream {
  #source = null;
  #last = 0;
  #delay = FIRST_RETRY_MS;
  #retry = 0;
  #watchdog = 0;

  /** `handlers`: message, sent, working, partial, idle, changed, removed and standing get the data; `up` and `down` tell of the connection. */
  constructor(handlers) {
    this.handlers = handlers;
  }

  /** What has been shown already, by the newest version of a message. */
  seen(id) {
    this.#last = Math.max(this.#last, id);
  }

  connect() {
    clearTimeout(this.#retry);
    this.#source?.close();
    const source = new EventSource(`/api/events?after=${this.#last}`);
    this.#source = source;
    source.addEventListener("hello", () => {
      this.#delay = FIRST_RETRY_MS;
      this.#heard();
      this.handlers.up();
    });
    source.addEventListener("alive", () => this.#heard());
    for (const name of ["message", "changed", "removed", "standing", "sent", "working", "partial", "idle", "erased"]) {
      source.addEventListener(name, (event) => {
        this.#heard();
        if (event.lastEventId) this.#last = Number(event.lastEventId);
        this.handlers[name](JSON.parse(event.data));
      });
    }
    source.addEventListener("error", () => this.#broken());
  }

  #heard() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#broken(), SILENCE_MS);
  }

  #broken() {
    clearTimeout(this.#watchdog);
    clearTimeout(this.#retry);
    this.#source.close();
    this.handlers.down();
    this.#retry = setTimeout(() => this.connect(), this.#delay);
    this.#delay = Math.min(this.#delay * 2, LONGEST_RETRY_MS);
  }
}
