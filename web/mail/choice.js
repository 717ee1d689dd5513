/** One of a few: buttons beside each other, of which one is pressed. */

import { h, icon, setAttribute } from "../core/dom.js";
import { say } from "../core/messages.js";

/** @import { IconName } from "../core/dom.js" */

/**
 * @param {string} label A name in the table of texts.
 * @param {{ value: string, text: string, icon?: IconName }[]} options With an icon, the text is its label.
 * @param {string} chosen
 * @param {(value: string) => void} onchange
 * @returns {HTMLElement}
 */
export function choice(label, options, chosen, onchange) {
  const buttons = options.map((option) =>
    h(
      "button",
      {
        type: "button",
        "aria-pressed": String(option.value === chosen),
        "aria-label": option.icon ? say(option.text) : null,
        title: option.icon ? say(option.text) : null,
        onclick: () => {
          buttons.forEach((button, index) =>
            setAttribute(button, "aria-pressed", String(options[index].value === option.value)),
          );
          onchange(option.value);
        },
      },
      option.icon ? icon(option.icon) : say(option.text),
    ),
  );
  return h("div", { class: "choice", role: "group", "aria-label": say(label) }, ...buttons);
}
