/** One of a few: buttons next to each other, of which one is pressed; or one button with a menu where there is no room. */

import { h, icon, setAttribute } from "../core/dom.js";
import { openMenu } from "../core/menu.js";
import { say } from "../core/messages.js";

/** @import { IconName } from "../core/dom.js" */

/** @typedef {{ value: string, text: string, icon?: IconName }} Option With an icon, the text is its label. */

/**
 * @param {string} label A name in the table of texts.
 * @param {Option[]} options
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

/**
 * The same for a bar with little room: style sheets show the buttons, or one that opens a menu of them.
 *
 * @param {string} label A name in the table of texts.
 * @param {(Option & { icon: IconName })[]} options
 * @param {string} chosen
 * @param {(value: string) => void} onchange
 * @returns {HTMLElement[]}
 */
export function foldingChoice(label, options, chosen, onchange) {
  const find = () => options.find((option) => option.value === chosen) ?? options[0];
  const choose = (/** @type {string} */ value) => {
    chosen = value;
    draw();
    onchange(value);
  };
  const buttons = choice(label, options, chosen, choose);
  const folded = h("button", {
    type: "button",
    class: "choice-folded",
    "aria-haspopup": "dialog",
    onclick: () => open(),
  });
  const draw = () => {
    const text = `${say(label)}: ${say(find().text)}`;
    setAttribute(folded, "aria-label", text);
    setAttribute(folded, "title", text);
    folded.replaceChildren(icon(find().icon), icon("down"));
    options.forEach((option, i) => setAttribute(buttons.children[i], "aria-pressed", String(option.value === chosen)));
  };
  const open = () => {
    const dialog = h("dialog", { class: "menu", "aria-label": say(label) });
    dialog.append(
      ...options.map((option) =>
        h(
          "button",
          {
            type: "button",
            class: "menu-item",
            "aria-pressed": String(option.value === chosen),
            onclick: () => {
              dialog.close();
              choose(option.value);
            },
          },
          icon(option.icon),
          say(option.text),
        ),
      ),
    );
    openMenu(folded, dialog);
  };
  draw();
  return [buttons, folded];
}
