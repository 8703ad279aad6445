// Times in the reader's own zone: short where they stand, exact on hover.

const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });

export function dayOf(moment) {
  return `${moment.getFullYear()}-${moment.getMonth()}-${moment.getDate()}`;
}

export function dayName(moment, words) {
  const now = new Date();
  if (dayOf(moment) === dayOf(now)) return words.today;
  now.setDate(now.getDate() - 1);
  return dayOf(moment) === dayOf(now) ? words.yesterday : date.format(moment);
}

// The time of day; under `data-clock="date"` with the day, unless that is today.
export function writeClock(root) {
  for (const time of root.querySelectorAll("time[data-clock]")) {
    const moment = new Date(time.dateTime);
    const dated = time.dataset.clock === "date" && dayOf(moment) !== dayOf(new Date());
    time.textContent = (dated ? day : clock).format(moment);
    time.title = exact.format(moment);
  }
}

// How long ago, in the largest unit that is not zero: "5 min", "2 h", "3 d".
export function ago(moment, units) {
  const minutes = Math.max(0, Math.floor((Date.now() - moment.getTime()) / 60000));
  if (minutes < 1) return units.now;
  if (minutes < 60) return units.minutes.replace("{n}", minutes);
  if (minutes < 1440) return units.hours.replace("{n}", Math.floor(minutes / 60));
  return units.days.replace("{n}", Math.floor(minutes / 1440));
}

export function writeAgo(root, units) {
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const moment = new Date(time.dateTime);
    const text = ago(moment, units);
    if (time.textContent !== text) time.textContent = text;
    time.title = exact.format(moment);
  }
}
