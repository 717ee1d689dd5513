/** The transcript of an SMTP session, on a time line. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";

/** @import { Line } from "./types.js" */

/** A delay that is worth a word. */
const SLOW_MS = 100;

/** @param {number} ms */
export function formatMs(ms) {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** @param {Line} line */
function classOf(line) {
  if (line.Side !== "server") {
    return line.Side;
  }
  const looks = /** @type {Record<string, string>} */ ({ 2: "accepted", 3: "asked", 4: "refused", 5: "refused" });
  return `server ${looks[/^(\d)\d\d/.exec(line.Text)?.[1] ?? ""] ?? ""}`;
}

/**
 * The code of a reply has a colour of its own.
 *
 * @param {Line} line
 */
function printText({ Side, Text }) {
  const [code = ""] = (Side === "server" && /^\d\d\d(?=[ -]|$)/.exec(Text)) || [];
  return [code !== "" && h("span", { class: "said-code" }, code), Text.slice(code.length)];
}

/**
 * @param {Line[]} lines
 * @returns {HTMLElement}
 */
export function printDialogue(lines) {
  const total = Math.max(lines.at(-1)?.Milliseconds ?? 0, 1);
  const rows = lines.map((line, index) => {
    const gap = line.Milliseconds - (lines[index - 1]?.Milliseconds ?? 0);
    const bar = h("span", { class: "said-bar", "aria-hidden": "true" });
    bar.style.setProperty("--start", `${(100 * (line.Milliseconds - gap)) / total}%`);
    bar.style.setProperty("--length", `${(100 * gap) / total}%`);
    return h(
      "li",
      { class: `said said-${classOf(line)}` },
      h("span", { class: "said-time" }, formatMs(line.Milliseconds)),
      bar,
      h("span", { class: "said-side" }, say(`side.${line.Side}`)),
      h(
        "span",
        { class: "said-text" },
        ...printText(line),
        gap >= SLOW_MS && h("span", { class: "said-gap" }, say("session.slow", { ms: formatMs(gap) })),
      ),
    );
  });
  return h("ol", { class: "dialogue", "aria-label": say("session.label"), dir: "ltr" }, ...rows);
}
