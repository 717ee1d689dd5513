/** A source with the numbers of its lines, to be copied and wrapped. */

import { h, icon, loadStyle, setAttribute } from "../core/dom.js";
import { say } from "../core/messages.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { copyAndSay } from "./copy.js";
import "./source_texts.js";

/** @typedef {{ kind: string, text: string }} Token A piece in one colour; of the kind "text" it has none. */

/**
 * Each line ends with its line feed, so that the text of all is the source.
 *
 * @param {Token[]} tokens
 * @returns {(Node | string)[][]}
 */
function splitLines(tokens) {
  /** @type {(Node | string)[][]} */
  const lines = [[]];
  for (const { kind, text } of tokens) {
    for (const piece of text.split(/(?<=\n)/)) {
      lines.at(-1)?.push(kind === "text" ? piece : h("span", { class: `hl-${kind}` }, piece));
      if (piece.endsWith("\n")) {
        lines.push([]);
      }
    }
  }
  return lines;
}

/**
 * @param {string} label
 * @param {Token[]} tokens
 * @param {string} [copied] What is copied; without, all of it.
 * @returns {{ code: HTMLElement, tools: HTMLElement[], showLine: (line: number) => void }}
 */
export function makeCode(label, tokens, copied) {
  loadStyle("mail/source.css");
  const lines = splitLines(tokens).map((pieces) => h("span", { class: "code-line" }, ...pieces));
  if (lines.length > 1 && lines.at(-1)?.textContent === "") {
    lines.pop();
  }
  const code = h(
    "pre",
    { class: "code code-text", dir: "ltr", tabindex: 0, role: "region", "aria-label": label },
    ...lines,
  );
  code.style.setProperty("--digits", String(String(lines.length).length));
  let isWrapped = readSetting("wrap", true);
  const draw = () => {
    code.classList.toggle("is-wrapped", isWrapped);
    setAttribute(wrap, "aria-pressed", String(isWrapped));
  };
  const wrap = h(
    "button",
    {
      type: "button",
      class: "toggle",
      onclick: () => {
        isWrapped = !isWrapped;
        writeSetting("wrap", isWrapped);
        draw();
      },
    },
    say("source.wrap"),
  );
  const copy = h(
    "button",
    {
      type: "button",
      class: "copy-all",
      onclick: () => void copyAndSay(copied ?? tokens.map(({ text }) => text).join("")),
    },
    icon("copy"),
    say("copyable.copy"),
  );
  draw();
  return {
    code,
    tools: [copy, wrap],
    showLine: (number) => {
      const line = lines[number - 1];
      code.querySelector(".is-found")?.classList.remove("is-found");
      line?.classList.add("is-found");
      line?.scrollIntoView({ block: "center" });
      code.focus({ preventScroll: true });
    },
  };
}

/**
 * Shows a line once the tab is there.
 *
 * @param {HTMLElement} tab
 * @param {number | undefined} line
 * @param {(line: number) => void} showLine
 */
export function whenShown(tab, line, showLine) {
  if (line !== undefined) {
    tab.addEventListener("shown", () => showLine(line), { once: true });
  }
}
