// Answered, handed over and wrong over time, in the colours that these states have everywhere.

import { words } from "./pages.js";

const place = document.getElementById("chart");
const series = JSON.parse(document.getElementById("series")?.textContent ?? "null");
const language = document.documentElement.lang;
const byHour = series && series.x.length > 1 && series.x[1] - series.x[0] < 86400;
const clock = new Intl.DateTimeFormat(language, byHour ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short", timeZone: "UTC" });
const names = ["answered", "escalated", "wrong"];
const tokens = { answered: "--answered", escalated: "--person", wrong: "--problem" };

function colour(token) {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}

function told(value) {
  return value === null || value === undefined ? "" : String(value);
}

function options(width) {
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--border"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return {
    width,
    height: 260,
    legend: { show: false },
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), byHour ? Intl.DateTimeFormat().resolvedOptions().timeZone : "Etc/UTC"),
    scales: { x: { time: true }, y: { range: (_, low, high) => [0, Math.max(high, 4)] } },
    axes: [
      { ...axis, grid: { show: false }, space: 64, incrs: byHour ? [3600, 7200, 14400, 21600] : [86400, 172800, 345600, 604800], values: (_, at) => at.map((one) => clock.format(one * 1000)) },
      { ...axis, size: 44, values: (_, at) => at.map((one) => (Number.isInteger(one) ? one.toLocaleString(language) : "")) },
    ],
    series: [
      {},
      ...names.map((name) => ({ label: words[name], stroke: colour(tokens[name]), width: 2, points: { show: series.x.length < 3, size: 6 } })),
    ],
    hooks: { setCursor: [(chart) => tell(chart)] },
  };
}

const tip = document.createElement("div");
tip.className = "chart__tip";
tip.hidden = true;

function tell(chart) {
  const { idx, left } = chart.cursor;
  tip.hidden = idx === null || idx === undefined || left < 0;
  if (tip.hidden) return;
  const lines = names.map((name) => `${words[name]}: ${told(series[name][idx])}`);
  tip.textContent = [clock.format(series.x[idx] * 1000), ...lines].join("\n");
  const at = chart.valToPos(series.x[idx], "x") + 52;
  tip.style.insetInlineStart = `${Math.min(at, place.clientWidth - tip.offsetWidth - 4)}px`;
}

let chart = null;

function draw() {
  chart?.destroy();
  chart = new uPlot(options(place.clientWidth), [series.x, ...names.map((name) => series[name])], place);
  place.append(tip);
}

if (place && series) {
  draw();
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: 260 })).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
