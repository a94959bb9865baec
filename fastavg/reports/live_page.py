"""The page that follows runs: one HTML text with its style and script, no other file."""

from __future__ import annotations

from fastavg.reports.page_style import STYLE

OWN = """
header { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; align-items: baseline; }
#state { color: var(--soft); }
table.runs td { cursor: pointer; white-space: nowrap; }
table.runs tr.chosen td { background: var(--panel); font-weight: 600; }
.lanes text { font-size: 12px; }
.train { fill: var(--c1); } .average { fill: var(--c2); } .wait { fill: var(--edge); }
.lost { fill: var(--c5); }
i.train { background: var(--c1); } i.average { background: var(--c2); }
i.wait { background: var(--edge); } i.lost { background: var(--c5); }
ol.log { padding-left: 1.2rem; color: var(--soft); font-size: 14px; }
"""
BODY = """
<header><h1>fastavg</h1><span id="state">connecting</span></header>
<div class="wide"><table class="runs"><thead><tr><th>run</th><th>state</th><th>epoch</th>
<th>loss</th><th>score</th><th>rows/s</th><th>averaging</th><th>drift</th><th>left</th></tr></thead>
<tbody id="runs"></tbody></table></div>
<div class="figures">
<figure><div id="loss"></div><p class="legend" id="lossnames"></p>
<figcaption>Training loss of every run, by epoch.</figcaption></figure>
<figure><div id="held"></div><p class="legend" id="heldnames"></p>
<figcaption>Loss of held-out rows, by epoch.</figcaption></figure>
<figure><div id="drift"></div><p class="legend" id="driftnames"></p>
<figcaption>Drift, by epoch: how far the workers were from their mean when it was made, as a part
of the mean's length.</figcaption></figure>
<figure><div id="share"></div><p class="legend" id="sharenames"></p>
<figcaption>Communication share, by epoch: the part of the time that averaging took, in
percent.</figcaption></figure>
</div>
<h2 id="chosen">Workers</h2>
<figure><div id="lanes"></div><p class="legend">
<span class="key"><i class="train"></i>training</span>
<span class="key"><i class="average"></i>averaging</span>
<span class="key"><i class="wait"></i>waiting</span>
<span class="key"><i class="lost"></i>a process was replaced</span></p>
<figcaption>The last rounds of each worker: how much of the time it was trained, averaged,
or waited for others. A worker waits while its process trains another one.</figcaption></figure>
<ol class="log" id="log"></ol>
"""
SCRIPT = r"""
const token = new URLSearchParams(location.search).get("token");
const W = 420, H = 270, L = 62, R = 14, T = 14, B = 44, RECORDS = 40, POINTS = 300;
const state = {runs: new Map(), chosen: null};
const byId = id => document.getElementById(id);
const esc = text => String(text).replace(/[&<>"]/g, c =>
    ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}[c]));
const short = value => value === null || value === undefined || !isFinite(value) ? "-" :
    Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(4));

async function ask(path, more = {}) {
    const query = new URLSearchParams({token, ...more});
    const answer = await fetch(`${path}?${query}`, {cache: "no-store"});
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
}

function ticks(low, high) {
    const raw = (high - low) / 5, size = 10 ** Math.floor(Math.log10(raw));
    const step = size * [1, 2, 5, 10].find(each => size * each >= raw * 0.999);
    const found = [];
    for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++)
        found.push(n * step);
    return found;
}

function thin(points) {
    if (points.length <= POINTS) return points;
    const step = points.length / POINTS;
    return Array.from({length: POINTS}, (_, at) => points[Math.floor((at + 1) * step) - 1]);
}

function chart(series, yName, none) {
    const points = series.flatMap(each => each.points);
    if (!points.length)
        return `<svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${yName}">` +
            `<text x="${W / 2}" y="${H / 2}" text-anchor="middle">${none}</text></svg>`;
    // Not Math.min(...): a long run has more points than a call may have arguments.
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, y] of points) {
        if (x < x0) x0 = x;
        if (x > x1) x1 = x;
        if (y < y0) y0 = y;
        if (y > y1) y1 = y;
    }
    if (!(x1 > x0)) [x0, x1] = [x0 - 0.5, x1 + 0.5];
    if (!(y1 > y0)) [y0, y1] = [y0 - 0.5, y1 + 0.5];
    const px = x => (L + (x - x0) / (x1 - x0) * (W - L - R)).toFixed(1);
    const py = y => (H - B - (y - y0) / (y1 - y0) * (H - B - T)).toFixed(1);
    let out = "";
    for (const y of ticks(y0, y1))
        out += `<line x1="${L}" x2="${W - R}" y1="${py(y)}" y2="${py(y)}" class="grid"/>` +
            `<text x="${L - 6}" y="${+py(y) + 4}" text-anchor="end">${short(y)}</text>`;
    for (const x of ticks(x0, x1))
        out += `<text x="${px(x)}" y="${H - B + 16}" text-anchor="middle">${short(x)}</text>`;
    out += `<line x1="${L}" x2="${W - R}" y1="${H - B}" y2="${H - B}" class="axis"/>` +
        `<text x="${(L + W - R) / 2}" y="${H - 8}" text-anchor="middle">epochs</text>` +
        `<text transform="rotate(-90 12 ${(T + H - B) / 2})" x="12" y="${(T + H - B) / 2}" ` +
        `text-anchor="middle">${yName}</text>`;
    series.forEach((each, at) => {
        const line = thin(each.points).map(p => `${px(p[0])},${py(p[1])}`).join(" ");
        out += `<polyline points="${line}" class="line c${at % 6 + 1}"/>`;
    });
    return `<svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${yName}">${out}</svg>`;
}

function lanes(run) {
    const records = run.rounds.slice(-RECORDS);
    const workers = Math.max(0, ...records.map(each => (each.worker_seconds || []).length));
    // As wide as its place, so that words keep their size on a phone.
    const tall = 20, width = Math.max(260, byId("lanes").clientWidth || 840),
        left = 74, height = Math.max(1, workers) * tall + 30;
    let out = "";
    if (!workers) out = `<text x="10" y="20">${
        run.members ? "networks for a table have no rounds" : "no rounds yet"}</text>`;
    const span = records.map(each => each.seconds);
    const whole = span.reduce((one, two) => one + two, 0) || 1;
    for (let worker = 0; worker < workers; worker++) {
        const y = worker * tall;
        out += `<text x="${left - 8}" y="${y + 14}" text-anchor="end">worker ${worker}</text>`;
        let x = left;
        records.forEach((each, at) => {
            const wide = span[at] / whole * (width - left - 10);
            const own = (each.worker_seconds || [])[worker] || 0;
            const train = Math.min(1, own / (span[at] || 1));
            const average = Math.min(1 - train, each.averaging_seconds / (span[at] || 1));
            const part = (from, share, kind) => share > 0 ?
                `<rect x="${(x + from * wide).toFixed(2)}" y="${y + 2}" ` +
                `width="${(share * wide).toFixed(2)}" height="${tall - 5}" class="${kind}"/>` : "";
            out += part(0, train, "train") + part(train, 1 - train - average, "wait") +
                part(1 - average, average, "average");
            if (each.lost.some(lost => lost.worker === worker || lost.worker === null))
                out += `<rect x="${x.toFixed(1)}" y="${y}" width="3" ` +
                    `height="${tall - 1}" class="lost"/>`;
            x += wide;
        });
    }
    if (workers) out += `<text x="${left}" y="${height - 10}">${whole.toFixed(1)} s ago</text>` +
        `<text x="${width - 10}" y="${height - 10}" text-anchor="end">now</text>`;
    return `<svg class="lanes" viewBox="0 0 ${width} ${height}" role="img" ` +
        `aria-label="workers">${out}</svg>`;
}

function take(run, event) {
    run.last = event.time;
    if (event.event === "run") {
        run.about = event; run.began = event.time; run.state = "reading";
    } else if (event.event === "started") {
        run.started = event; run.state = "training"; run.at = event.time;
    } else if (event.event === "resumed") {
        run.rounds = run.rounds.filter(each => each.round < event.rounds);
        run.loss = run.loss.slice(0, run.rounds.length);
        run.share = run.share.slice(0, run.rounds.length);
        run.drift = run.drift.filter(each => each[2] < event.rounds);
    } else if (event.event === "round") {
        event.seconds = event.training_seconds + event.averaging_seconds + event.waiting_seconds;
        event.lost = run.lost; run.lost = [];
        run.rounds.push(event);
        if (event.loss !== null) run.loss.push([event.epoch, event.loss]);
        run.share.push([event.epoch, 100 * event.averaging_seconds / (event.seconds || 1)]);
        if (event.drift !== undefined && event.drift !== null)
            run.drift.push([event.epoch, event.drift, event.round]);
    } else if (event.event === "validated") {
        const own = event.member === undefined ? 0 : event.member;
        if (event.validation_loss !== null) {
            (run.held[own] = run.held[own] || []).push([event.epoch, event.validation_loss]);
        }
        if (event.member !== undefined && event.loss !== null && own === 0)
            run.loss.push([event.epoch, event.loss]);
        run.epoch = event.epoch;
        run.score = event.score;
        run.members = event.members;
        run.state = "training";
    } else if (event.event === "worker replaced") {
        run.lost.push(event);
        run.log.push(`process ${event.pid} was lost to ${event.cause} in round ${event.round} ` +
            `and replaced; ${event.processes} processes`);
    } else if (event.event === "worker skipped") {
        run.log.push(`worker ${event.worker} was left out of the average of round ${event.round}`);
    } else if (event.event === "checkpoint failed") {
        run.log.push(`checkpoint not written: ${event.reason}`);
    } else if (event.event === "finished") {
        run.state = "testing";
    } else if (event.event === "tested") {
        run.state = "finished";
        run.score = event.accuracy !== undefined ? event.accuracy : event.r2;
    } else if (event.event === "failed") {
        run.state = "failed"; run.log.push(event.reason);
    }
}

function row(name, run) {
    const last = run.rounds[run.rounds.length - 1];
    const recent = run.rounds.slice(-10);
    const sum = key => recent.reduce((total, each) => total + each[key], 0);
    const seconds = sum("seconds") || 1;
    let left = "-";
    if (last && run.started && run.state === "training") {
        const done = last.round + 1, spent = last.time - run.at;
        left = `${Math.max(0, spent / done * (run.started.rounds - done)).toFixed(0)} s`;
    }
    const cells = [
        name, run.state, short(last ? last.epoch : run.epoch),
        short(run.loss.length ? run.loss[run.loss.length - 1][1] : null), short(run.score),
        last ? short(sum("rows") / seconds) : "-",
        last ? `${(sum("averaging_seconds") / seconds * 100).toFixed(1)}%` : "-",
        short(run.drift.length ? run.drift[run.drift.length - 1][1] : null), left,
    ];
    return `<tr data-run="${esc(name)}" class="${name === state.chosen ? "chosen" : ""}">` +
        cells.map(cell => `<td>${esc(cell)}</td>`).join("") + "</tr>";
}

function legend(names) {
    // A run without a line keeps its colour for the other charts.
    return names.map((name, at) => name === null ? "" :
        `<span class="key"><i class="c${at % 6 + 1}"></i>${esc(name)}</span>`).join("");
}

function draw() {
    const runs = [...state.runs];
    byId("runs").innerHTML = runs.map(([name, run]) => row(name, run)).join("");
    const losses = runs.map(([name, run]) => ({name, points: run.loss}));
    byId("loss").innerHTML = chart(losses, "training loss", "no epoch yet");
    byId("lossnames").innerHTML = legend(losses.map(each => each.name));
    const held = runs.flatMap(([name, run]) => run.held.map((points, at) => ({
        name: run.members ? `${name}, network ${at + 1}` : name, points: points || [],
    })));
    byId("held").innerHTML = chart(held, "held-out loss", "no rows held out");
    byId("heldnames").innerHTML = legend(held.map(each => each.name));
    for (const [place, title, none] of [
        ["drift", "drift", "nothing to average"], ["share", "averaging, %", "nothing to average"],
    ]) {
        const series = runs.map(([name, run]) => ({name, points: run[place]}));
        byId(place).innerHTML = chart(series, title, none);
        byId(`${place}names`).innerHTML = legend(
            series.map(each => each.points.length ? each.name : null));
    }
    const chosen = state.runs.get(state.chosen);
    byId("chosen").textContent = chosen ? `Workers of ${state.chosen}` : "Workers";
    if (chosen) {
        byId("lanes").innerHTML = lanes(chosen);
        byId("log").innerHTML = chosen.log.slice(-20).map(text => `<li>${esc(text)}</li>`).join("");
    }
}

async function follow() {
    try {
        const names = await ask("runs");
        for (const name of names) {
            if (!state.runs.has(name)) state.runs.set(name, {
                next: 0, rounds: [], loss: [], held: [], drift: [], share: [], lost: [], log: [],
                state: "waiting",
            });
            const run = state.runs.get(name);
            for (let more = true; more;) {
                const found = await ask("events", {run: name, from: run.next});
                more = found.next > run.next;
                run.next = found.next;
                found.events.forEach(event => take(run, event));
            }
        }
        if (state.chosen === null && names.length) state.chosen = names[names.length - 1];
        byId("state").textContent = names.length === 1 ? "1 run"
            : names.length ? `${names.length} runs` : "no run yet";
        draw();
    } catch (error) {
        byId("state").textContent = "fastavg watch has ended";
    }
    setTimeout(follow, 1000);
}

byId("runs").addEventListener("click", event => {
    const found = event.target.closest("tr");
    if (found) { state.chosen = found.dataset.run; draw(); }
});
follow();
"""


def live_page(nonce: str) -> str:
    """The page.

    Parameters
    ----------
    nonce : str
        Names the one script that the browser may run.

    Returns
    -------
    str
        HTML that asks for ``runs`` and ``events`` of the server it came from.

    Examples
    --------
    >>> live_page("abc").count('nonce="abc"')
    1
    """
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<title>fastavg watch</title>\n<link rel="icon" href="data:,">\n'
        f"<style>{STYLE}{OWN}</style>\n<body>\n{BODY}\n"
        f'<script nonce="{nonce}">{SCRIPT}</script>\n</body>\n</html>\n'
    )
