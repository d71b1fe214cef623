// Who has the conversation, and the way to a person.

import { $ } from "./dom.js";
import { text } from "./texts.js";

let offered = false; // there are people to talk to
let standing = { state: "", agent: "" };

export const isClosed = () => standing.state === "closed";

/** Whether what the customer writes is for a person, and gets no answer by itself. */
export const isWithPerson = () => standing.state === "human";

/** What a new conversation would end, as a sentence; "" for nothing that anybody minds. */
export function whatNewEnds() {
  if (isWithPerson()) return text("leavePerson", standing.agent);
  return standing.state === "waiting" ? text("leaveQueue") : "";
}

export function offerPeople(there) {
  offered = there;
  showStanding();
}

/** As the service tells; without, in the page's present language. */
export function showStanding(told = standing) {
  standing = told;
  const { state, agent } = standing;
  const sentence = state === "human" ? text("withPerson", agent) : state ? text(`state_${state}`) : "";
  if ($("standing-text").textContent !== sentence) $("standing-text").textContent = sentence;
  $("standing").dataset.state = state;
  $("text").placeholder = $("text").ariaLabel = isWithPerson() ? text("writeTo", agent) : text("question");
  $("person").hidden = !offered || state === "waiting" || state === "human";
  $("person").ariaDisabled = "false";
  $("standing").hidden = !sentence && $("person").hidden;
}

/** `ask()` resolves to "" once the service has taken it, or to what kept it from that, which is `told`. */
export function setUpStanding(ask, tell) {
  $("person").addEventListener("click", async () => {
    if ($("person").ariaDisabled === "true") return;
    $("person").ariaDisabled = "true"; // until the service says how things stand
    const trouble = await ask();
    tell(trouble);
    if (trouble) $("person").ariaDisabled = "false";
  });
}
