// Plays the replays of a page; their data are described in rolloutsim/report/replay.py.
(() => {
  "use strict";
  const SPEEDS = [0.25, 0.5, 1, 2, 4];
  const SECONDS = 20; // from begin to end at speed 1
  const BEAT = 40; // ms between two pictures
  const BLACK = "#000000"; // drawn in the colour of text, which is light on a dark page
  const LINES = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#777777"];

  function make(parent, tag, attributes, text) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    parent.appendChild(element);
    return element;
  }

  function time(seconds) {
    const [size, unit] = seconds < 120 ? [1, "s"] : seconds < 7200 ? [60, "min"] : seconds < 259200 ? [3600, "h"] : [86400, "d"];
    return `${(seconds / size).toPrecision(3).replace(/\.0+$/, "")} ${unit}`;
  }

  // A canvas as wide as its place, in pixels of the screen; `draw` gets its width and height in CSS pixels.
  function surface(canvas, height, draw) {
    const width = canvas.clientWidth || 600;
    const scale = window.devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    draw(context, width, height);
  }

  function start(root) {
    const data = JSON.parse(root.querySelector("script[type=\"application/json\"]").textContent);
    const last = data.frames - 1;
    const second = data.end_s / Math.max(last, 1);
    const states = data.cells.map(() => data.initial);
    const passed = data.cells.map(() => 0); // changes that are behind the present frame
    const places = Object.fromEntries(data.states.map(([name], state) => [name, state]));
    const robots = (name, f) => data.counts[places[name]][f];
    const done = data.counts[0].map((inSync) => inSync / data.robots);
    const lost = ["converged late", "regressed", "NoResponse", "Failed"];
    const seen = lost.slice(0, 2).filter((name) => data.counts[places[name]].some((count) => count > 0));
    const failedName = ["failed", ...seen].join(" or ");
    const failed = done.map((_, f) => lost.reduce((sum, name) => sum + robots(name, f), 0) / data.robots);
    const shown = data.links.slice(0, 4);
    const linksTitle = `use of shared links${data.shared_links > shown.length ? `: the ${shown.length} fullest of ${data.shared_links}` : ""}`;
    let frame = -1;
    let position = 0;
    let before = null;

    const controls = make(root, "div", { class: "controls" });
    const button = make(controls, "button", { type: "button" }, "Play");
    const slider = make(controls, "input", { type: "range", min: 0, max: last, step: 1, "aria-label": "time" });
    const speed = make(controls, "select", { "aria-label": "speed" });
    for (const factor of SPEEDS) make(speed, "option", { value: factor }, `${factor} ×`);
    speed.value = "1";
    const status = make(root, "p", { class: "status" });
    const words = root.querySelector("figcaption").textContent;
    const cells = make(root, "canvas", { role: "img", "aria-label": `Robots as cells in the colour of their state. ${words}` });
    const legend = make(root, "ul", { class: "legend" });
    const numbers = data.states.map(([name, colour], state) => {
      if (!data.counts[state].some((robots) => robots > 0)) return null;
      const item = make(legend, "li");
      const swatch = make(item, "i", state === data.initial ? { class: "hollow" } : {});
      if (state !== data.initial) swatch.style.background = colour === BLACK ? "var(--ink)" : colour;
      return [make(item, "span"), name];
    });
    if (data.robots_per_cell > 1) make(legend, "li", {}, `a cell is ${data.robots_per_cell} robots, in the state of most; of equally many, the later one here`);
    const alike = data.panels.length > 1 && new Set(data.panels.map((panel) => panel.rows)).size === 1;
    if (alike && data.panels[0].rows.includes(",")) make(legend, "li", {}, `rows of a site: ${data.panels[0].rows}`);
    const curves = make(root, "div", { class: "curves" });
    const progress = make(curves, "canvas", { role: "img", "aria-label": `Robots that are InSync, and that ${failedName}, in percent of the fleet.` });
    const links = data.links.length ? make(curves, "canvas", { role: "img", "aria-label": `${linksTitle}, in percent of their capacity` }) : null;

    const ink = (name) => getComputedStyle(root).getPropertyValue(name).trim() || "#777";

    // A robot that is not started is hollow, and where cells are too small for that a dot: no grey is far from all other colours.
    function idle(context, x, y, size) {
      context.strokeStyle = context.fillStyle = ink("--soft");
      if (size > 4) context.strokeRect(x + 0.5, y + 0.5, size - 2, size - 2);
      else context.fillRect(x + size / 4, y + size / 4, size / 2, size / 2);
    }

    function drawCells() {
      const width = cells.clientWidth || 600;
      const columns = Math.max(1, Math.min(data.panels.length, Math.floor(width / 150), Math.ceil(Math.sqrt(1.6 * data.panels.length))));
      const wide = Math.max(...data.panels.map((panel) => panel.width));
      const rows = data.panels.map((panel) => panel.blocks.reduce((sum, block) => sum + Math.ceil(block[1] / panel.width), 0));
      const size = Math.max(2, Math.min(24, (width / columns - 12) / wide));
      const high = Math.max(...rows) * size + 24;
      const colours = data.states.map(([, colour]) => (colour === BLACK ? ink("--ink") : colour));
      surface(cells, Math.ceil(data.panels.length / columns) * high, (context) => {
        context.font = "12px system-ui, sans-serif";
        data.panels.forEach((panel, number) => {
          const left = (number % columns) * (width / columns);
          const top = Math.floor(number / columns) * high;
          context.fillStyle = ink("--ink");
          const title = panel.rows && !alike ? `${panel.title}: ${panel.rows}` : panel.title;
          context.fillText(title, left, top + 13, width / columns - 12);
          let row = 0;
          for (const [first, count] of panel.blocks) {
            for (let k = 0; k < count; k += 1) {
              context.fillStyle = colours[states[first + k]];
              const x = left + (k % panel.width) * size;
              const y = top + 19 + (row + Math.floor(k / panel.width)) * size;
              if (states[first + k] === data.initial) idle(context, x, y, size);
              else context.fillRect(x, y, size > 4 ? size - 1 : size - 0.4, size > 4 ? size - 1 : size - 0.4);
            }
            row += Math.ceil(count / panel.width);
          }
        });
      });
    }

    // Where the names of curves begin, in as many lines as they need.
    function placed(context, series, left, right) {
      let [across, down] = [left, 25];
      return series.map(([name]) => {
        const wide = 30 + context.measureText(name).width;
        if (across > left && across + wide > right) [across, down] = [left, down + 14];
        across += wide;
        return [across - wide, down];
      });
    }

    function drawCurves(canvas, title, series) {
      surface(canvas, 184, (context, width, height) => {
        context.font = "11px system-ui, sans-serif";
        const [left, right, bottom] = [40, width - 4, height - 18];
        const names = placed(context, series, left, right);
        const top = names[names.length - 1][1] + 10;
        const x = (f) => left + ((right - left) * f) / Math.max(last, 1);
        const y = (share) => bottom - (bottom - top) * Math.min(share, 1);
        context.fillStyle = ink("--ink");
        context.fillText(title, 0, 11);
        context.strokeStyle = ink("--line");
        for (const share of [0, 0.5, 1]) {
          context.fillText(`${100 * share} %`, 0, y(share) + 4);
          context.beginPath();
          context.moveTo(left, y(share));
          context.lineTo(right, y(share));
          context.stroke();
        }
        context.fillText("0", left, height - 5);
        const end = time(data.end_s);
        context.fillText(end, right - context.measureText(end).width, height - 5);
        context.lineWidth = 1.6;
        context.lineJoin = "round"; // a pointed one reaches below 0 % where a curve falls and rises at once
        series.forEach(([, values, colour, dash]) => {
          context.strokeStyle = colour;
          context.setLineDash(dash);
          context.beginPath();
          values.forEach((share, f) => (f ? context.lineTo(x(f), y(share)) : context.moveTo(x(f), y(share))));
          context.stroke();
        });
        series.forEach(([name, , colour, dash], k) => {
          const [across, down] = names[k];
          context.strokeStyle = colour;
          context.setLineDash(dash);
          context.beginPath();
          context.moveTo(across, down - 4);
          context.lineTo(across + 14, down - 4);
          context.stroke();
          context.fillText(name, across + 18, down);
        });
        context.setLineDash([]);
        context.strokeStyle = ink("--ink");
        context.beginPath();
        context.moveTo(x(frame), top - 4);
        context.lineTo(x(frame), bottom);
        context.stroke();
      });
    }

    function draw() {
      drawCells();
      const limit = data.threshold === null ? [] : [["failure threshold", done.map(() => data.threshold / data.robots), ink("--soft"), [2, 3]]];
      drawCurves(progress, "robots of the fleet", [["InSync", done, LINES[0], []], [failedName, failed, LINES[5], [5, 3]], ...limit]);
      if (links) drawCurves(links, linksTitle, shown.map((link, k) => [link.name, link.use, LINES[k], []]));
    }

    function show(wanted) {
      const next = Math.max(0, Math.min(last, Math.round(wanted)));
      if (next === frame) return;
      data.cells.forEach((changes, cell) => {
        let at = next < frame ? 0 : passed[cell];
        while (at < changes.length && changes[at] <= next) at += 2;
        passed[cell] = at;
        states[cell] = at ? changes[at - 1] : data.initial;
      });
      frame = next;
      slider.value = frame;
      const now = time(frame * second) + (data.clock.length ? ` (${data.clock[frame]})` : "");
      const mark = data.marks.filter(([at]) => at <= frame).pop();
      const end = frame === last ? `, job ${data.status.toLowerCase()}` : "";
      // Each robot counts once, as in the legend.
      const written = (count) => count.toLocaleString("en");
      const others = lost.slice(0, 2).filter((name) => robots(name, frame)).map((name) => `${written(robots(name, frame))} ${name}`);
      const tally = [`${written(data.counts[0][frame])} of ${written(data.robots)} robots InSync`, ...others,
        `${written(robots("NoResponse", frame) + robots("Failed", frame))} NoResponse or Failed`].join(", ");
      status.textContent = `${now}: ${tally}${mark ? `, ${mark[1]}` : ""}${end}`;
      slider.setAttribute("aria-valuetext", status.textContent);
      numbers.forEach((item, state) => {
        if (item) item[0].textContent = `${item[1]} ${data.counts[state][frame].toLocaleString("en")}`;
      });
      draw();
    }

    function tick() {
      if (before === null || !root.isConnected) return;
      const now = performance.now();
      position += ((now - before) / 1000) * Number(speed.value) * (last / SECONDS);
      before = now;
      show(position);
      if (position >= last) pause();
      else setTimeout(tick, BEAT);
    }

    function pause() {
      before = null;
      button.textContent = "Play";
    }

    button.addEventListener("click", () => {
      if (before !== null) {
        pause();
        return;
      }
      position = frame >= last ? 0 : frame;
      before = performance.now();
      button.textContent = "Pause";
      setTimeout(tick, BEAT);
    });
    slider.addEventListener("input", () => {
      pause();
      show(Number(slider.value));
    });
    window.addEventListener("resize", draw);
    for (const media of ["(prefers-color-scheme: dark)", "print"]) window.matchMedia(media).addEventListener("change", draw);
    show(last);
  }

  for (const root of document.querySelectorAll("[data-rolloutsim-replay]:not([data-started])")) {
    root.setAttribute("data-started", "");
    start(root);
  }
})();
