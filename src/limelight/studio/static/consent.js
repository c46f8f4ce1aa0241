// The form. What is wrong is said beside the field, and the first such field gets the focus.

import { PROBLEMS } from "./texts.js";

const byId = (id) => document.getElementById(id);

/** Resolves with the entry {ticket, star, perform} once the person has agreed and the server has taken it. */
export function consent() {
  const form = byId("form");
  return new Promise((resolve) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const filled = read(form);
      if (!complete(form, filled)) return;
      byId("agree").disabled = true;
      const { status, answer } = await post("/api/consent", filled);
      byId("agree").disabled = false;
      if (status === 201) {
        resolve({ ...answer, at: performance.now() });
      } else {
        refuse(answer.problem);
      }
    });
  });
}

/** Another ticket under the same consent: {entry}, or {problem} if there is none to be had. */
export async function again() {
  const { status, answer } = await post("/api/again");
  return status === 201 ? { entry: { ...answer, at: performance.now() } } : { problem: answer.problem };
}

async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, answer: await response.json() };
  } catch {
    return { status: 0, answer: { problem: "away" } };
  }
}

function read(form) {
  const data = new FormData(form);
  return {
    name: (data.get("name") ?? "").trim(),
    adult: data.get("adult") === "yes",
    purposes: data.getAll("purposes"),
    notice: form.dataset.notice,
    cannot: data.getAll("cannot"),
    no_flashing: data.get("no_flashing") === "yes",
  };
}

function complete(form, filled) {
  const missing = [
    [!filled.name, byId("name"), "name-problem"],
    [!filled.purposes.length, form.querySelector("[name=purposes]"), "purposes-problem"],
    [!filled.adult, byId("adult"), "adult-problem"],
  ];
  byId("form-problem").hidden = true;
  byId("cannot-problem").hidden = true;
  for (const [wrong, field, problem] of missing) {
    byId(problem).hidden = !wrong;
    field.setAttribute("aria-invalid", String(wrong));
  }
  missing.find(([wrong]) => wrong)?.[1].focus();
  return missing.every(([wrong]) => !wrong);
}

function refuse(problem) {
  if (problem === "cannot") {
    document.querySelector(".fit").open = true;
    byId("cannot-problem").hidden = false;
    document.querySelector("[name=cannot]").focus();
    return;
  }
  byId("form-problem").textContent = PROBLEMS[problem] ?? PROBLEMS.form;
  byId("form-problem").hidden = false;
}
