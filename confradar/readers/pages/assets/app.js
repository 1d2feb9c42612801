// Filters, zones and time left. Without it every page says the same, for all deadlines
// and as written. Text of sources becomes text nodes, never markup.
"use strict";
(() => {
  const MINUTE = 60000;
  const DAY = 1440 * MINUTE;
  const STEP = 300; // lines that are shown at a time
  const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const PARAMETERS = ["search", "area", "rank", "kind", "series", "after", "before", "changed", "conflict"];
  const SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

  const fixed = document.querySelector("[data-now]");
  const now = () => (fixed ? Date.parse(fixed.dataset.now) : Date.now());
  const two = (number) => String(number).padStart(2, "0");
  const myZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  // --- time left -----------------------------------------------------------------------

  function timeLeft(due, from) {
    let minutes = Math.floor((due - from) / MINUTE);
    if (minutes < 0) return "passed";
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor((minutes % 1440) / 60);
    minutes %= 60;
    if (days >= 14) return `${days}d`;
    return days ? `${days}d ${hours}h` : `${hours}h ${two(minutes)}m`;
  }

  function urgency(due, from) {
    if (due < from) return "";
    return due - from < 3 * DAY ? "soon" : due - from < 14 * DAY ? "near" : "";
  }

  const list = document.getElementById("list");

  function tick() {
    const from = now();
    for (const line of document.querySelectorAll("[data-due]")) {
      const due = Date.parse(line.dataset.due);
      const left = line.querySelector(".left");
      if (left) {
        left.textContent = timeLeft(due, from);
        left.className = `left ${urgency(due, from)}`.trim();
      }
      if (list && line.matches("li")) line.hidden = due < from && !state.after.length;
    }
    if (!list) return;
    for (const day of document.querySelectorAll("#days .day")) {
      day.hidden = !day.querySelector("li:not([hidden])");
    }
  }

  // --- zones ---------------------------------------------------------------------------

  const formats = new Map();

  function parts(milliseconds, zone) {
    if (!formats.has(zone)) {
      formats.set(zone, new Intl.DateTimeFormat("en-GB", {
        timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit",
        day: "2-digit", hour: "2-digit", minute: "2-digit",
      }));
    }
    const found = {};
    for (const part of formats.get(zone).formatToParts(milliseconds)) found[part.type] = part.value;
    return { day: `${found.year.padStart(4, "0")}-${found.month}-${found.day}`, time: `${found.hour}:${found.minute}` };
  }

  function shifted(milliseconds, minutes) {
    const text = new Date(milliseconds + minutes * MINUTE).toISOString();
    return { day: text.slice(0, 10), time: text.slice(11, 16) };
  }

  // Of a day "2027-01-15": "Fri 15 Jan 2027".
  function dayText(day) {
    const date = new Date(`${day}T00:00:00Z`);
    return `${DAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  }

  for (const place of document.querySelectorAll(".deadline[data-due] .mine")) {
    const { day, time } = parts(Date.parse(place.closest("[data-due]").dataset.due), myZone);
    place.textContent = `${day} ${time} yours (${myZone})`;
  }

  // --- what is asked for ---------------------------------------------------------------

  const state = Object.fromEntries(PARAMETERS.map((name) => [name, []]));
  state.tz = [];

  function readAddress() {
    const query = new URLSearchParams(location.search);
    for (const name of [...PARAMETERS, "tz"]) state[name] = query.getAll(name).filter((value) => value.trim());
  }

  const isAsked = () => [...PARAMETERS, "tz"].some((name) => state[name].length);

  function addressOfState() {
    const query = new URLSearchParams();
    for (const name of [...PARAMETERS, "tz"]) for (const value of state[name]) query.append(name, value);
    const text = query.toString();
    return text ? `?${text}` : location.pathname;
  }

  class BadQuery extends Error {}

  function names(parameter, known) {
    const found = new Set();
    for (const value of state[parameter]) {
      const name = value.trim().toLowerCase();
      if (!known.has(name)) throw new BadQuery(`${parameter}: “${value}” is not known`);
      found.add(name);
    }
    return found;
  }

  function flag(parameter) {
    const value = (state[parameter][0] || "").trim().toLowerCase();
    if (["", "0", "no", "false"].includes(value)) return false;
    if (["1", "yes", "true", "on"].includes(value)) return true;
    throw new BadQuery(`${parameter}: “${value}” is neither 1 nor 0`);
  }

  function instant(parameter) {
    const text = (state[parameter][0] || "").trim();
    if (!text) return null;
    const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
    const value = found ? Date.parse(`${found[1]}T${found[2] || "00:00"}${found[3] || "Z"}`) : NaN;
    if (Number.isNaN(value)) throw new BadQuery(`${parameter}: “${text}” is no date, such as 2026-11-20`);
    return value;
  }

  function zoneAsked() {
    const name = (state.tz[0] || "written").trim();
    switch (name.toLowerCase()) {
      case "written": return { written: true };
      case "aoe": return { label: "AoE", at: (due) => shifted(due, -720) };
      case "utc": return { label: "UTC", at: (due) => shifted(due, 0) };
      case "local": case "mine": return { label: "", at: (due) => parts(due, myZone) };
    }
    try {
      parts(0, name);
    } catch {
      throw new BadQuery(`tz: no time zone is called “${name}”`);
    }
    return { label: "", at: (due) => parts(due, name) };
  }

  // --- all deadlines -------------------------------------------------------------------

  let folds = {};

  // As Python's str.casefold.
  function fold(text) {
    if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
    let folded = "";
    for (const letter of text) {
      folded += folds[letter] ?? Array.from(letter.toUpperCase(), (upper) => upper.toLowerCase()).join("");
    }
    return folded;
  }

  function unpack(data) {
    folds = data.folds;
    const columns = data.deadlines;
    const series = data.series.map(([key, acronym, name, areas, ranks]) => ({
      key, acronym, name,
      areas: areas.map((number) => data.areas[number]),
      ranks: ranks.map((number) => data.ranks[number]),
    }));
    for (const one of series) {
      one.areaSet = one.areas.map((area) => area.toLowerCase());
      one.rankSet = one.ranks.flatMap((rank) => namesOfRank(rank.toLowerCase()));
      one.text = [one.acronym, one.name, one.key, one.areas.join(", ")].map(fold).join("\n");
    }
    const conferences = data.conferences.map(([number, key, year, page, title, place, country, shown, held]) => {
      const of = series[number];
      const name = `${of.acronym || of.key} ${year}`;
      return {
        key, name, series: of, place: shown, held,
        page: page || `conference/${key}.html`, title: of.name || title || name,
        text: [title || name, place, country].map(fold).join("\n"),
      };
    });
    let last = 0;
    const rows = columns.due.map((step, number) => {
      const conference = conferences[columns.conference[number]];
      if (step !== null) last += step;
      const kind = data.kinds[columns.kind[number]];
      const track = data.tracks[columns.track[number]];
      const label = data.labels[columns.label[number]];
      const [zone, isAssumed] = data.zones[columns.zone[number]];
      const claims = columns.claims[number];
      return {
        key: data.keys[number] ?? `${conference.key}/${track}/${kind}/${columns.round[number]}`,
        conference, kind, label, zone, isAssumed,
        what: data.whats[columns.what[number]],
        due: step === null ? null : last * 1000,
        offset: columns.offset[number],
        precision: columns.precision[number],
        isDated: step !== null && columns.status[number] !== 1,
        isWithdrawn: columns.status[number] === 2,
        source: data.sources[columns.source[number]],
        agreement: claims < 2 ? "" : `${columns.agreeing[number]} of ${claims} claims agree`,
        hasMoved: number in data.was, was: data.was[number] || "",
        hasConflict: number in data.dissent, dissent: data.dissent[number] || "",
        text: `${fold(label)}\n${fold(track)}\n${fold(kind)}`,
      };
    });
    const known = (values) => new Set(values.map((value) => value.toLowerCase()));
    return {
      rows,
      areas: known(data.areas),
      ranks: known(data.ranks.flatMap(namesOfRank)),
      series: known(series.map((one) => one.key)),
    };
  }

  function namesOfRank(rank) {
    const at = rank.lastIndexOf(" ");
    return [rank, rank.slice(at + 1), at < 0 ? "" : rank.slice(0, at)];
  }

  let loading = null;

  function load() {
    loading ??= fetch(list.dataset.file).then((answer) => {
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer.json();
    }).then(unpack);
    return loading;
  }

  function select(all, from) {
    const words = state.search.join(" ").trim().split(SPACES).filter(Boolean).map(fold);
    const areas = names("area", all.areas);
    const ranks = names("rank", all.ranks);
    const kinds = names("kind", new Set(Array.from(form.elements.kind.options, (option) => option.value)));
    const series = names("series", all.series);
    const after = instant("after");
    const before = instant("before");
    const isChanged = flag("changed");
    const isInConflict = flag("conflict");
    return all.rows.filter((row) => {
      const of = row.conference.series;
      return (!kinds.size || kinds.has(row.kind))
        && (!isChanged || row.hasMoved)
        && (!isInConflict || row.hasConflict)
        && (!series.size || series.has(of.key.toLowerCase()))
        && (after === null || (row.due !== null && row.due >= after))
        && (before === null || (row.due !== null && row.due < before))
        && (after !== null || !row.isDated || row.due >= from)
        && (!areas.size || of.areaSet.some((name) => areas.has(name)))
        && (!ranks.size || of.rankSet.some((name) => ranks.has(name)))
        && words.every((word) => row.text.includes(word)
          || row.conference.text.includes(word) || of.text.includes(word));
    });
  }

  // --- lines ---------------------------------------------------------------------------

  function node(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  const CLOCKS = ["", "end of day", "in the month"];

  function wallOf(row, zone) {
    if (!row.isDated) return { day: "", time: "", zone: "" };
    if (!zone.written) return { ...zone.at(row.due), zone: zone.label };
    const wall = shifted(row.due, row.offset);
    return { day: wall.day, time: CLOCKS[row.precision] || wall.time, zone: row.precision === 2 ? "" : row.zone };
  }

  function writtenText(row) {
    const { day, time } = shifted(row.due, row.offset);
    if (row.precision === 2) return dayText(day).split(" ").slice(2).join(" ");
    const zone = row.zone && row.isAssumed ? `(${row.zone})` : row.zone;
    return [dayText(day), row.precision === 1 ? "" : time, zone].filter(Boolean).join(" ");
  }

  function exact(row) {
    const panel = node("dl", "exact");
    const add = (name, text) => panel.append(node("div", "", node("dt", "", name), node("dd", "", text)));
    const inWords = ({ day, time }, zone) => `${day} ${time} ${zone}`;
    add("As written", writtenText(row));
    add("Yours", inWords(parts(row.due, myZone), myZone));
    add("UTC", inWords(shifted(row.due, 0), "UTC"));
    add("AoE", inWords(shifted(row.due, -720), "AoE"));
    if (row.isAssumed) add("Zone", "not stated; the default that the source documents");
    add("Source", row.source + (row.agreement ? `; ${row.agreement}` : ""));
    if (row.label) add("Called", row.label);
    return panel;
  }

  function whenNode(row, wall) {
    if (!row.isDated) return node("div", "when", node("span", "tba", "no date yet"));
    const time = node("time", "", wall.time);
    time.dateTime = new Date(row.due).toISOString().replace(".000", "");
    const utc = shifted(row.due, 0);
    time.title = `${utc.day} ${utc.time} UTC`;
    const zone = node("span", "zone", wall.zone);
    if (row.isAssumed) {
      const mark = node("abbr", "", "?");
      mark.title = "zone not stated: the default of the source";
      zone.append(mark);
    }
    const details = node("details", "", node("summary", "", time, " ", zone));
    // Made when it is wanted: most are never opened.
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length < 2) details.append(exact(row));
    });
    return node("div", "when", details);
  }

  function lineNode(row, wall, from) {
    const { conference } = row;
    const line = node("li", row.isWithdrawn ? "line gone" : "line");
    line.dataset.key = row.key;
    const left = node("span", "left");
    if (row.isDated) {
      line.dataset.due = new Date(row.due).toISOString();
      left.textContent = timeLeft(row.due, from);
      left.className = `left ${urgency(row.due, from)}`.trim();
    }
    const link = node("a", "", conference.name);
    link.href = list.dataset.base + encodeURI(conference.page);
    link.title = conference.title;
    const what = node("div", "what", link, " ", node("span", "kind", row.what));
    if (row.isWithdrawn) what.append(" ", node("span", "mark withdrawn", "withdrawn"));
    if (row.hasMoved) {
      what.append(" ", node("span", "mark moved", row.was || "moved"));
    }
    if (row.hasConflict) {
      what.append(" ", node("details", "mark conflict", node("summary", "", "contradicted"),
        node("p", "", `Believed: ${row.source}. But ${row.dissent}.`)));
    }
    const labels = node("div", "labels");
    for (const rank of conference.series.ranks) labels.append(node("span", "rank", rank), " ");
    const areas = node("span", "areas", conference.series.areas.join(", "));
    areas.title = areas.textContent;
    labels.append(areas);
    const place = [conference.place, conference.held].filter(Boolean).join(" · ");
    line.append(whenNode(row, wall), left, what, labels, node("div", "place", place));
    return line;
  }

  function byDay(rows, zone, from, limit) {
    const placed = rows.map((row) => ({ row, wall: wallOf(row, zone) }));
    const order = (text, other) => (text < other ? -1 : text > other ? 1 : 0);
    placed.sort((one, other) => (other.row.isDated - one.row.isDated)
      || (one.row.isDated
        ? order(one.wall.day, other.wall.day) || one.row.due - other.row.due
        : order(one.row.conference.name.toLowerCase(), other.row.conference.name.toLowerCase()))
      || order(one.row.key, other.row.key));
    const days = document.createDocumentFragment();
    let day = null;
    let lines = null;
    for (const { row, wall } of placed.slice(0, limit)) {
      if (lines === null || wall.day !== day) {
        day = wall.day;
        lines = node("ol");
        const section = node("section", "day",
          node("h2", "", day ? dayText(day) : "To be announced"), lines);
        section.id = day ? `day-${day}` : "to-be-announced";
        days.append(section);
      }
      lines.append(lineNode(row, wall, from));
    }
    return days;
  }

  // --- the page ------------------------------------------------------------------------

  const form = document.getElementById("filters");
  let limit = STEP;

  function more(text) {
    const place = document.getElementById("more");
    place.replaceChildren();
    if (!text) return;
    const button = node("button", "", text);
    button.type = "button";
    button.addEventListener("click", () => {
      limit += STEP;
      show();
    });
    place.append(button);
  }

  async function show() {
    const notice = document.getElementById("notice");
    let all;
    try {
      all = await load();
    } catch {
      loading = null;
      notice.textContent = "The list of all deadlines cannot be loaded: what is below is not filtered.";
      return;
    }
    const days = document.getElementById("days");
    let rows = [];
    notice.textContent = "";
    try {
      const from = now();
      const zone = zoneAsked();
      rows = select(all, from);
      days.replaceChildren(rows.length ? byDay(rows, zone, from, limit) : node("p", "none", "No deadline fits."));
    } catch (error) {
      if (!(error instanceof BadQuery)) throw error;
      notice.textContent = error.message;
      days.replaceChildren();
    }
    const isFiltered = PARAMETERS.some((name) => state[name].length);
    const count = rows.length.toLocaleString("en");
    document.getElementById("count").textContent =
      `${count} deadline${rows.length === 1 ? "" : "s"} ${isFiltered ? "fit" : "ahead"}`;
    for (const aside of document.querySelectorAll(".summary .totals")) aside.hidden = isFiltered;
    const rest = rows.length - limit;
    more(rest > 0 ? `Show ${Math.min(rest, STEP)} more of ${count}` : "");
    list.dataset.shown = rows.length;
  }

  function fillForm() {
    for (const control of form.elements) {
      if (!control.name) continue;
      const values = state[control.name] ?? [];
      if (control.type === "radio") control.checked = control.value === (values[0] || "written").toLowerCase();
      else if (control.type === "checkbox") control.checked = ["1", "yes", "true", "on"].includes((values[0] || "").toLowerCase());
      else if (control.type === "date") control.value = (values[0] || "").slice(0, 10);
      else if (control.tagName === "SELECT") {
        const wanted = (values[0] || "").trim().toLowerCase();
        control.selectedIndex = Math.max(0, Array.from(control.options).findIndex((one) => one.value.toLowerCase() === wanted));
      } else if (control.type === "search") control.value = values.join(" ");
    }
  }

  let waiting = 0;

  function change(event) {
    const control = event.target;
    if (!control.name || !(control.name in state)) return;
    if (control.type === "checkbox") state[control.name] = control.checked ? ["1"] : [];
    else if (control.name === "tz") state.tz = control.value === "written" ? [] : [control.value];
    else state[control.name] = control.value.trim() ? [control.value] : [];
    limit = STEP;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      history.replaceState(null, "", addressOfState());
      show();
    }, event.type === "input" && control.type === "search" ? 150 : 0);
  }

  function begin() {
    readAddress();
    form.hidden = false;
    for (const button of form.querySelectorAll(".apply")) button.hidden = true;
    const mine = form.querySelector("input[value=local] + span");
    if (mine) mine.title = myZone;
    fillForm();
    const others = document.getElementById("filters-more");
    others.open = others.open || isAsked() || matchMedia("(min-width: 40.01rem)").matches;
    form.addEventListener("input", change);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.querySelector(".reset").addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", location.pathname);
      readAddress();
      fillForm();
      limit = STEP;
      show();
    });
    addEventListener("popstate", () => {
      readAddress();
      fillForm();
      show();
    });
    const rest = Number(list.dataset.total) - Number(list.dataset.limit);
    if (rest > 0) more(`Show more of ${Number(list.dataset.total).toLocaleString("en")}`);
    const isMine = ["local", "mine"].includes((state.tz[0] || "").toLowerCase());
    if ("live" in list.dataset ? isMine : isAsked()) show();
  }

  if (list) begin();
  tick();
  setInterval(tick, MINUTE);
  // One panel at a time, and none once something else is wanted.
  addEventListener("click", (event) => {
    for (const open of document.querySelectorAll(".when details[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll(".when details[open]")) {
      open.open = false;
      if (open.contains(document.activeElement)) open.querySelector("summary").focus();
    }
  });
})();
