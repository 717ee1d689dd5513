/** The "?" menu: shortcuts, documents, settings and statistics; it is loaded when it is opened. */

import { apiUrl, readInfo } from "../core/api.js";
import { h, icon, loadStyle } from "../core/dom.js";
import { formatDuration, formatNumber, formatSize } from "../core/format.js";
import { openMenu } from "../core/menu.js";
import { addTexts, say } from "../core/messages.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { chosenTheme, chooseTheme } from "../core/theme.js";
import { chooseFiles } from "./import_files.js";
import { showKeyHelp } from "./key_help.js";
import { canNotify, notifies, switchNotifications } from "./news.js";
import { showError } from "./toasts.js";

/** @import { Info } from "../core/types.js" */

addTexts({
  "help.api": "HTTP API",
  "help.documents": "Documentation",
  "help.import": "Import message files…",
  "help.theme": "Theme",
  "help.theme.system": "System",
  "help.theme.light": "Light",
  "help.theme.dark": "Dark",
  "help.time": "Time",
  "help.time.auto": "Ago, for an hour",
  "help.time.ago": "Ago",
  "help.time.clock": "Clock",
  "help.notify": "Notify me of new messages",
  "help.statistics": "Statistics",
  "help.version": "dsmtpd",
  "help.messages": "Messages",
  "help.unread": "Unread",
  "help.disk": "Disk space",
  "help.uptime": "Uptime",
  "help.memory": "Memory",
  "help.accepted": "Accepted",
  "help.rejected": "Rejected",
});

const DOCUMENTS = "https://github.com/matrixise/dsmtpd/tree/main/docs";

/**
 * A choice of one: all of them are seen.
 *
 * @template {string} Value
 * @param {string} name Of its texts.
 * @param {readonly Value[]} values
 * @param {Value} chosen
 * @param {(value: Value) => void} choose
 */
function choice(name, values, chosen, choose) {
  return h(
    "fieldset",
    {},
    h("legend", {}, say(name)),
    h(
      "div",
      { class: "choices" },
      ...values.map((value) =>
        h(
          "label",
          {},
          h("input", { type: "radio", name, checked: value === chosen, onchange: () => choose(value) }),
          h("span", {}, say(`${name}.${value}`)),
        ),
      ),
    ),
  );
}

/** @param {Info} info */
function printStatistics({ Version, Messages, Unread, DatabaseSize, RuntimeStats: run }) {
  const rows = [
    ["help.version", Version],
    ["help.messages", formatNumber(Messages)],
    ["help.unread", formatNumber(Unread)],
    ["help.disk", formatSize(DatabaseSize)],
    ["help.accepted", formatNumber(run.SMTPAccepted)],
    ["help.rejected", formatNumber(run.SMTPRejected)],
    ["help.uptime", formatDuration(run.Uptime)],
    ["help.memory", formatSize(run.Memory)],
  ];
  return h("dl", {}, ...rows.flatMap(([name, value]) => [h("dt", {}, say(name)), h("dd", {}, value)]));
}

/** Asks for leave where that is needed; a rejection shows in the box. */
function notifyBox() {
  const box = h("input", {
    type: "checkbox",
    checked: notifies(),
    onchange: async () => {
      await switchNotifications();
      box.checked = notifies();
    },
  });
  return h("label", { class: "menu-item" }, box, say("help.notify"));
}

/** @param {HTMLElement} anchor It opens below that. */
export function openHelpMenu(anchor) {
  loadStyle("css/help.css");
  const statistics = h(
    "section",
    { "aria-labelledby": "statistics" },
    h("h3", { id: "statistics" }, say("help.statistics")),
  );
  const dialog = h("dialog", { class: "menu help-menu", "aria-label": say("bar.help") });
  const showKeys = () => {
    dialog.close();
    showKeyHelp();
  };
  /** @type {(href: string, ...content: (Node | string)[]) => HTMLElement} */
  const link = (href, ...content) =>
    h("a", { class: "menu-item", href, target: "_blank", rel: "noopener noreferrer" }, ...content);
  dialog.append(
    h(
      "button",
      { type: "button", class: "menu-item", onclick: showKeys },
      icon("keys"),
      say("keys.title"),
      h("kbd", {}, "?"),
    ),
    h("button", { type: "button", class: "menu-item", onclick: chooseFiles }, icon("download"), say("help.import")),
    link(apiUrl("api/v1/"), icon("send"), say("help.api")),
    link(DOCUMENTS, icon("file"), say("help.documents")),
    choice("help.theme", /** @type {const} */ (["light", "dark", "system"]), chosenTheme(), chooseTheme),
    choice("help.time", /** @type {const} */ (["auto", "ago", "clock"]), readSetting("timeStyle", "auto"), (style) =>
      writeSetting("timeStyle", style),
    ),
    ...(canNotify() ? [notifyBox()] : []),
    statistics,
  );
  openMenu(anchor, dialog);
  readInfo().then((info) => statistics.append(printStatistics(info)), showError);
}
