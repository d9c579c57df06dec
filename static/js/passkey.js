// Pages on which a passkey answers: making one, or showing one. The form asks the server what to ask, the browser asks
// its person's device, and the answer goes with the form. Words stand in the page as <template data-words="name">.

const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
};

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const described = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

// The server's JSON as the browser's own call takes it. Older browsers have no parser of their own.
const options = {
  create: (json) => PublicKeyCredential.parseCreationOptionsFromJSON?.(json) ?? {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: described(json.excludeCredentials),
  },
  get: (json) => PublicKeyCredential.parseRequestOptionsFromJSON?.(json) ?? {
    ...json, challenge: bytes(json.challenge), allowCredentials: described(json.allowCredentials),
  },
};

const asJSON = (credential) => {
  if (credential.toJSON) return credential.toJSON();
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const answer = Object.fromEntries(parts.filter((name) => response[name]).map((name) => [name, text(response[name])]));
  if (response.getTransports) answer.transports = response.getTransports();
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: answer };
};

// A reason that the page has words for.
class Problem extends Error {}

const challenge = async (form) => {
  let answer;
  try {
    answer = await fetch(form.dataset.challenge, {
      method: "POST", headers: { "X-CSRFToken": form.elements.namedItem("csrf_token").value },
    });
  } catch {
    throw new Problem("no-connection");
  }
  if (!answer.ok) throw new Problem({ 401: "ended", 404: "ended", 429: "too-many" }[answer.status] ?? "no-connection");
  return answer.json();
};

// What a browser's refusal means to its person. It gives one name to "no" and to "too late", so the clock decides.
const meaning = (error, waited, timeout) => ({
  NotAllowedError: waited >= timeout * 0.95 ? "timed-out" : "cancelled",
  AbortError: "cancelled",
  InvalidStateError: "already-there",
  SecurityError: "elsewhere",
  NotSupportedError: "not-fit",
  ConstraintError: "not-fit",
})[error.name];

const ask = async (form) => {
  const json = await challenge(form);
  const act = form.dataset.passkey;
  const began = performance.now();
  try {
    return await navigator.credentials[act]({ publicKey: options[act](json) });
  } catch (error) {
    const known = meaning(error, performance.now() - began, json.timeout);
    throw known ? new Problem(known) : error;
  }
};

const start = (form) => {
  const put = (place, name) => form.querySelector(place).replaceChildren(
    ...(name ? [form.querySelector(`template[data-words="${name}"]`).content.cloneNode(true)] : []));

  if (location.origin !== form.dataset.origin) return put("[data-says]", "elsewhere");
  if (!isSecureContext) return put("[data-says]", "insecure");
  if (!window.PublicKeyCredential) return put("[data-says]", "unsupported");
  form.querySelector("[data-passkey-button]").hidden = false;

  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy || !form.reportValidity()) return;
    busy = true;
    put("[data-says]");
    put("[data-waits]", "waiting");
    try {
      form.elements.namedItem("answer").value = JSON.stringify(asJSON(await ask(form)));
      form.submit();
    } catch (error) {
      put("[data-says]", error instanceof Problem ? error.message : "unsupported");
      if (!(error instanceof Problem)) reportError(error);
    }
    put("[data-waits]");
    busy = false;
  });
};

document.querySelectorAll("form[data-passkey]").forEach(start);
