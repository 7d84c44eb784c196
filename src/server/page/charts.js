/** The charts of the last hour. */
import uPlot from './uplot.js';

const keptMs = 3_600_000;
/** Between two points of a chart, in milliseconds: what comes faster is passed over. */
const everyMs = 9_000;

/** Charts that grow with every sample. */
export class Charts {
  #samples = [];
  #accounts = [];
  #charts = [];

  /** Takes over what the server remembers. */
  begin({ accounts, samples }) {
    this.#accounts = accounts;
    this.#samples = samples;
    this.#draw();
  }

  /** Takes over how everything is now. */
  add(status, atMs) {
    const last = this.#samples.at(-1);
    if (last !== undefined && atMs - last.atMs < everyMs) return;
    const { cache, accounts } = status;
    const names = accounts.map(({ name }) => name);
    const isSame =
      names.length === this.#accounts.length && names.every((name, at) => name === this.#accounts[at]);
    this.#samples = [
      ...(isSame ? this.#samples : []),
      {
        atMs,
        givenBytes: cache.hitBytes + cache.missBytes,
        hitBytes: cache.hitBytes,
        receivedBytes: cache.receivedBytes,
        calls: accounts.map(({ budgets }) => Math.max(0, ...budgets.map(({ used, limit }) => used / limit))),
      },
    ].filter((sample) => sample.atMs > atMs - keptMs);
    this.#accounts = names;
    if (isSame && this.#charts.length > 0) this.#update();
    else this.#draw();
  }

  /** Draws anew, in the colours and the width of now. */
  redraw() {
    this.#draw();
  }

  #data() {
    const steps = this.#samples.slice(1).map((sample, at) => {
      const before = this.#samples[at];
      const seconds = (sample.atMs - before.atMs) / 1000;
      // Counters that begin anew: debridfs was started again.
      const since = (key) => Math.max(0, sample[key] - before[key]);
      const given = since('givenBytes');
      return {
        time: sample.atMs / 1000,
        given: given / seconds / 1e6,
        received: since('receivedBytes') / seconds / 1e6,
        hit: given === 0 ? null : (100 * since('hitBytes')) / given,
        calls: sample.calls.map((share) => 100 * share),
      };
    });
    const times = steps.map(({ time }) => time);
    const callsOf = (at) => steps.map(({ calls }) => calls[at] ?? null);
    return [
      [times, steps.map(({ given }) => given), steps.map(({ received }) => received)],
      [times, steps.map(({ hit }) => hit)],
      [times, ...this.#accounts.map((_, at) => callsOf(at))],
    ];
  }

  #update() {
    const data = this.#data();
    this.#charts.forEach((chart, at) => chart.setData(data[at]));
  }

  #draw() {
    for (const chart of this.#charts) chart.destroy();
    const [throughput, cache, calls] = this.#data();
    this.#charts = [
      draw('chart-throughput', throughput, ['to readers', 'from file hosts'], null),
      draw('chart-cache', cache, ['from the cache'], 100),
      draw('chart-calls', calls, this.#accounts, 100),
    ];
  }
}

/** @param {number | null} top of the scale; null: as the figures need. */
function draw(id, data, names, top) {
  const place = document.getElementById(id);
  const colours = getComputedStyle(document.documentElement);
  const colour = (name) => colours.getPropertyValue(`--${name}`).trim();
  const lines = ['one', 'two', 'three', 'four'];
  const axis = { stroke: colour('dim'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false } };
  const value = (_, number) => (number === null || number === undefined ? '–' : number.toFixed(1));
  const options = {
    width: place.clientWidth,
    height: 160,
    cursor: { y: false },
    scales: { y: { range: (_, __, most) => [0, top ?? Math.max(1, most * 1.1)] } },
    axes: [axis, { ...axis, size: 40 }],
    series: [
      {},
      ...names.map((label, at) => ({ label, value, stroke: colour(lines[at % lines.length]), width: 2 })),
    ],
  };
  return new uPlot(options, data, place);
}
