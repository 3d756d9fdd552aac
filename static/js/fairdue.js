// Keys and small behaviours of the pages. Pages work without it; htmx does the fetching.
import { install, uninstall } from "../vendor/github-hotkey/index.js";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- Hotkeys: every element with data-hotkey is pressed by its keys -------------------------------
const installed = new Set();

function refreshHotkeys() {
  for (const element of installed) {
    if (!element.isConnected) {
      uninstall(element);
      installed.delete(element);
    }
  }
  for (const element of $$("[data-hotkey]")) {
    if (!installed.has(element)) {
      install(element);
      installed.add(element);
    }
  }
}

const isTyping = (element) => element.matches("input:not([type=radio]):not([type=checkbox]), select, textarea");

// --- Help ------------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-open-help]")) $("#help").showModal();
});

// --- Worklist: j and k move, Enter opens -------------------------------------------------------------
const rows = () => $$("[data-rows] tr[data-href]");

function select(row) {
  for (const other of rows()) other.removeAttribute("data-selected");
  if (row) {
    row.setAttribute("data-selected", "true");
    row.scrollIntoView({ block: "nearest" });
  }
}

function moveSelection(step) {
  const all = rows();
  const now = all.findIndex((row) => row.getAttribute("data-selected") === "true");
  select(all[Math.max(0, Math.min(all.length - 1, now + step))]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (!$("[data-rows]") || $("dialog[open]")) return;
  if (event.key === "j") moveSelection(1);
  else if (event.key === "k") moveSelection(-1);
  else if (event.key === "Enter" && !event.target.closest("a, button, summary")) {
    const row = $("[data-rows] tr[data-selected=true]");
    if (row) window.location.assign(row.dataset.href);
  }
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, button, input, label")) window.location.assign(row.dataset.href);
});

// --- The open form ------------------------------------------------------------------------------------
document.addEventListener("keydown", (event) => {
  const form = event.target.closest ? event.target.closest("form") || $("#work form") : null;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form && form.closest("#work")) {
    event.preventDefault();
    form.requestSubmit();
  }
  if (event.altKey && /^Digit[1-9]$/.test(event.code)) {
    const choice = $(`#work [data-choice="${event.code.slice(5)}"]`);
    if (choice) {
      event.preventDefault();
      choice.checked = true;
      choice.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  // Alt+C opens what was said about further contact; then a letter chooses, without Alt.
  if (event.altKey && event.code === "KeyC") {
    const panel = $("#work [data-conditions]");
    if (panel) {
      event.preventDefault();
      panel.open = true;
      $("summary", panel).focus();
    }
  }
  if (event.altKey && event.code === "KeyD") {
    const point = $("#work [name=contact_point]:checked");
    const dial = point?.closest("label").querySelector("[data-dial]");
    if (dial) {
      event.preventDefault();
      dial.click();
    }
  }
  const panel = event.target.closest?.("#work [data-conditions]");
  if (panel && !event.altKey && !event.ctrlKey && !event.metaKey && !isTyping(event.target)) {
    const box = event.key.length === 1 && $(`[data-condition-key="${CSS.escape(event.key.toLowerCase())}"]`, panel);
    if (box) {
      event.preventDefault();
      event.stopPropagation();
      box.checked = !box.checked;
      const more = box.checked && $("input", box.closest("li").querySelector(".condition-more") || document.createElement("i"));
      if (more) more.focus();
    }
  }
  // Escape leaves a field, and closes the open form when one stands outside of its fields.
  if (event.key === "Escape" && !$("dialog[open]")) {
    if (isTyping(event.target)) event.target.blur();
    else $("#work [data-close-work]")?.click();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-work]")) {
    $("#work").replaceChildren();
    $("[data-open-call]")?.focus();
  }
});

// What follows from the outcome: a promise asks for its sum, each outcome has its usual next day.
function followOutcome(form, { fill }) {
  const option = $("[name=outcome]", form).selectedOptions[0];
  const promise = option?.dataset.promise === "1";
  for (const part of $$("[data-promise-part]", form)) part.hidden = !promise;
  const reason = $("[data-reason-part]", form);
  if (reason) reason.hidden = Boolean(option) && option.dataset.spoke !== "1";
  if (!fill || !option) return;
  const on = $("[name=next_action_on]", form);
  if (on && !on.dataset.touched) on.value = option.dataset.nextOn || "";
  const action = $("[name=next_action]", form);
  if (action && !action.dataset.touched) {
    action.value = promise ? "await_payment" : option.dataset.nextOn ? "call_again" : "none";
  }
}

function followPoint(form) {
  const point = $("[name=contact_point]:checked", form);
  const breach = $("[data-breach-part]", form);
  if (breach) breach.hidden = point?.dataset.refused !== "1";
}

function findOutcome(form, text) {
  const list = $("[name=outcome]", form);
  const typed = text.trim().toLowerCase();
  // One letter is the key of an outcome; more are a part of its words or code.
  const byKey = typed.length === 1 && [...list.options].find((option) => option.dataset.key === typed);
  const wanted = byKey ? "" : typed;
  if (byKey) list.value = byKey.value;
  for (const option of list.options) {
    option.hidden = Boolean(wanted) && !`${option.text} ${option.value}`.toLowerCase().includes(wanted);
  }
  for (const group of $$("optgroup", list)) group.hidden = ![...group.children].some((option) => !option.hidden);
  const shown = [...list.options].filter((option) => !option.hidden && option.value);
  if (wanted && shown.length && (!list.value || list.selectedOptions[0]?.hidden)) list.value = shown[0].value;
  list.selectedOptions[0]?.scrollIntoView({ block: "nearest" });
  followOutcome(form, { fill: true });
}

function moveOutcome(form, step) {
  const list = $("[name=outcome]", form);
  const shown = [...list.options].filter((option) => !option.hidden && option.value);
  const now = shown.indexOf(list.selectedOptions[0]);
  const next = shown[Math.max(0, Math.min(shown.length - 1, now + step))];
  if (next) {
    list.value = next.value;
    next.scrollIntoView({ block: "nearest" });
    followOutcome(form, { fill: true });
  }
}

function setUpCallForm() {
  const form = $("[data-call-form]:not([data-ready])");
  if (!form) return;
  form.dataset.ready = "1";
  const finder = $("[data-find-outcome]", form);
  finder?.addEventListener("input", () => findOutcome(form, finder.value));
  finder?.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      moveOutcome(form, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const promise = $("[name=promise_amount]", form);
      (promise && !promise.closest("[hidden]") ? promise : $("[name=notes]", form)).focus();
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "outcome") followOutcome(form, { fill: true });
    if (event.target.name === "contact_point") followPoint(form);
    if (event.target.name === "promise_due_on") {
      const on = $("[name=next_action_on]", form);
      if (!on.dataset.touched) on.value = event.target.value;
    }
    if (event.target.name === "next_action" || event.target.name === "next_action_on") event.target.dataset.touched = "1";
  });
  followOutcome(form, { fill: false });
  followPoint(form);
}

document.addEventListener("click", (event) => {
  const go = event.target.closest("[data-go]");
  if (go) {
    const place = document.getElementById(go.dataset.go);
    place.focus();
    place.scrollIntoView({ block: "start" });
  }
});

// The desk's own telephone takes the call that was allowed.
document.body.addEventListener("fairdue:dial", (event) => window.location.assign(event.detail.address));

// --- Choosing many: one box for all of its page, within its form ---------------------------------------
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.checkAll;
  if (!name) return;
  for (const box of $$(`input[name="${CSS.escape(name)}"]`, event.target.form)) box.checked = event.target.checked;
});

// --- When the answer is not what was asked for --------------------------------------------------------
function say(text) {
  const notice = document.createElement("div");
  notice.className = "notice notice-error";
  notice.textContent = text;
  $("#messages")?.replaceChildren(notice);
}

document.addEventListener("htmx:responseError", () => say(document.body.dataset.failed));
document.addEventListener("htmx:sendError", () => say(document.body.dataset.failed));
document.addEventListener("htmx:beforeSwap", (event) => {
  // The session ended: sign in again instead of showing the form inside of a table.
  if (event.detail.xhr.responseURL.includes("/sign-in/")) {
    event.detail.shouldSwap = false;
    window.location.reload();
  }
});

// --- After every piece that htmx brings ---------------------------------------------------------------
function settle(target) {
  refreshHotkeys();
  setUpCallForm();
  // What is shown back while somebody types must not take the typing away.
  if (target?.closest?.("[data-conditions]")) return;
  // After an error the first field that is wrong, else where the form begins.
  const wrong = $("#work .is-invalid:is(input, select, textarea), #work .is-invalid select");
  const wanted = target && (wrong || $("#work [data-focus]"));
  if (wanted && (target.id === "work" || target.closest?.("#work"))) wanted.focus();
  if (target?.id === "case-body") $("[data-open-call]")?.focus();
}

document.addEventListener("htmx:afterSettle", (event) => settle(event.detail.elt));
refreshHotkeys();
setUpCallForm();
const first = rows()[0];
if (first) select(first);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id === "worklist") select(rows()[0]);
});
