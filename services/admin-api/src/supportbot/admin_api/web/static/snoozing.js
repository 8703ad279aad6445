// What a button of the snooze menu means: seconds, or nine in the morning where the operator is.

export function morning(button) {
  if (!button?.name) return {};
  const kind = button.dataset.morning;
  if (!kind) return { [button.name]: button.value };
  const at = new Date();
  const days = kind === "tomorrow" ? 1 : (8 - at.getDay()) % 7 || 7;
  at.setDate(at.getDate() + days);
  at.setHours(9, 0, 0, 0);
  return { until: at.toISOString() };
}
