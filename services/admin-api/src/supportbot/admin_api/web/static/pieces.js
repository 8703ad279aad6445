// Putting a renewed piece in place: what did not change is not touched, so focus, scroll and opened parts stay.

export function merge(place, html) {
  const holder = document.createElement("template");
  holder.innerHTML = html; // our own server's template, in which everything is escaped
  renew(place, holder.content);
}

function renew(before, fresh) {
  const focused = before.contains(document.activeElement) ? pathTo(document.activeElement) : null;
  mergeChildren(before, fresh);
  if (focused && !before.contains(document.activeElement)) before.querySelector(focused)?.focus({ preventScroll: true });
}

// Children with a key are found again wherever they went; others are compared with what stands in their place.
function mergeChildren(before, fresh) {
  const keyed = new Map([...before.children].filter((child) => child.dataset.key).map((child) => [child.dataset.key, child]));
  const next = [...fresh.childNodes].map((node, at) => {
    const old = node.nodeType === Node.ELEMENT_NODE && node.dataset.key ? keyed.get(node.dataset.key) : before.childNodes[at];
    return old && old.nodeName === node.nodeName ? mergeNode(old, node) : node;
  });
  const inPlace = next.length === before.childNodes.length && next.every((node, at) => before.childNodes[at] === node);
  if (!inPlace) before.replaceChildren(...next);
}

function mergeNode(old, node) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== node.nodeValue) old.nodeValue = node.nodeValue;
    return old;
  }
  if (old.matches("time") && old.dateTime === node.dateTime) return old; // written in the reader's own zone
  if ((old.dataset.key ?? "") !== (node.dataset.key ?? "")) return node;
  for (const { name, value } of [...node.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!node.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  mergeChildren(old, node);
  return old;
}

function pathTo(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const key = element.closest("[data-key]")?.dataset.key;
  return key ? `[data-key="${CSS.escape(key)}"] ${element.localName}` : null;
}
