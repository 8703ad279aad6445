// The threshold's curve, and what the one that is looked at would mean.

import { words } from "./pages.js";

const place = document.getElementById("curve");
const field = document.getElementById("at");
const wanted = document.getElementById("threshold");
const says = document.getElementById("says");
const told = JSON.parse(document.getElementById("points")?.textContent ?? "null");
const points = told?.points.map(([threshold, answered, wrong]) => ({ threshold, answered, wrong })) ?? [];

function colour(token) {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}

function share(value) {
  return value === null ? "–" : `${Math.round(value * 100)} %`;
}

function nearest(threshold) {
  return points.reduce((best, one) => (Math.abs(one.threshold - threshold) < Math.abs(best.threshold - threshold) ? one : best));
}

function line(chart, threshold, dash) {
  const at = Math.round(chart.valToPos(threshold, "x", true));
  chart.ctx.save();
  chart.ctx.strokeStyle = colour("--muted");
  chart.ctx.lineWidth = devicePixelRatio;
  chart.ctx.setLineDash(dash);
  chart.ctx.beginPath();
  chart.ctx.moveTo(at, chart.bbox.top);
  chart.ctx.lineTo(at, chart.bbox.top + chart.bbox.height);
  chart.ctx.stroke();
  chart.ctx.restore();
}

function options(width) {
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--border"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return {
    width,
    height: 240,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: [0, 1] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_, at) => at.map((one) => one.toFixed(2)) },
      { ...axis, size: 52, values: (_, at) => at.map((one) => share(one)) },
    ],
    series: [{}, { stroke: colour("--answered"), width: 2, points: { show: false } }, { stroke: colour("--problem"), width: 2, points: { show: false } }],
    hooks: { draw: [(drawn) => line(drawn, told.now, []), (drawn) => line(drawn, Number(field.value), [4, 4])] },
  };
}

let chart = null;

function draw() {
  chart?.destroy();
  chart = new uPlot(options(place.clientWidth), [points.map((p) => p.threshold), points.map((p) => p.answered), points.map((p) => p.wrong)], place);
}

function tell() {
  const one = nearest(Number(field.value));
  says.textContent = words.says.replace("{threshold}", one.threshold.toFixed(2)).replace("{answered}", share(one.answered)).replace("{wrong}", share(one.wrong));
  chart?.redraw(false);
}

if (place && told) {
  draw();
  tell();
  field.addEventListener("input", () => {
    tell();
    if (wanted) wanted.value = Number(field.value).toFixed(2);
  });
  wanted?.addEventListener("input", () => {
    const typed = Number(wanted.value.replace(",", "."));
    if (!Number.isNaN(typed)) field.value = typed;
    tell();
  });
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: 240 })).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
