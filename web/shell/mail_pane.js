/** Beside the list, or in its place where there is no room: one message, and what is done with it. */

import { h, iconButton, setAttribute } from "../core/dom.js";
import { say } from "../core/messages.js";
import { router } from "../core/router.js";
import { mark, remove } from "../list/actions.js";
import { mails } from "../list/mail_source.js";
import { selection } from "../list/selection.js";
import { openTagMenu } from "../list/tag_menu.js";

/** @import { IconName } from "../core/dom.js" */
/** @import { ListBar } from "../list/list_bar.js" */
/** @import { MailView } from "../mail/mail_view.js" */
/** @import { Summary } from "../core/types.js" */

/**
 * A button of the toolbar: its word is seen where there is room.
 *
 * @param {IconName} name
 * @param {string} label
 * @param {string} word Part of the label.
 * @param {(event: Event) => void} run
 */
function barButton(name, label, word, run) {
  const button = iconButton(name, label, run);
  button.append(h("span", { class: "bar-word", "aria-hidden": "true" }, word));
  return button;
}

/** `<mail-pane>` loads `<mail-view>` with the first message that is opened, and gives an event `list` to show the list again. */
export class MailPane extends HTMLElement {
  /** @type {ListBar | null} Whose list has the mail before and behind this one. */
  bar = null;
  #view = h("div", { class: "mail-place" });
  /** @type {MailView | null} */
  #element = null;
  /** What the open message adds to the toolbar. */
  #tools = h("span", { class: "bar-group" });
  #flag = barButton("flag", say("bulk.flag"), say("bulk.flag"), () =>
    this.#with((mail) => mark({ mails: [mail] }, "Flagged", !mail.Flagged, { quiet: true })),
  );
  #tag = barButton("tag", say("bulk.tag"), say("bulk.tag"), () =>
    this.#with((mail) => openTagMenu(this.#tag, { mails: [mail] })),
  );

  #listButton = iconButton("side", say("mail.showList"), () => this.dispatchEvent(new Event("list")), {
    class: "icon-button list-show",
  });

  connectedCallback() {
    this.#tag.classList.add("mail-tag");
    setAttribute(this, "role", "region");
    setAttribute(this, "aria-label", say("mail.label"));
    const go = (/** @type {number} */ by) => () => this.bar?.list?.move(by);
    this.append(
      h(
        "div",
        { class: "mail-bar" },
        iconButton("back", say("mail.back"), () => router.go({ id: null })),
        this.#listButton,
        h("span", { class: "bar-space" }),
        h(
          "span",
          { class: "bar-group bar-acts" },
          barButton("envelope", say("bulk.unread"), say("bar.unread"), () =>
            this.#with((mail) => this.#markUnread(mail)),
          ),
          this.#flag,
          this.#tag,
          barButton("trash", say("bulk.delete"), say("bulk.delete"), () => this.#with((mail) => this.#remove(mail))),
          h("span", { class: "bar-line" }),
          this.#tools,
          h("span", { class: "bar-line" }),
          iconButton("up", say("mail.newer"), go(-1)),
          iconButton("down", say("mail.older"), go(1)),
        ),
      ),
      this.#view,
    );
    router.addEventListener("change", () => void this.#show());
    mails.addEventListener("change", () => this.#draw());
    void this.#show();
  }

  async #show() {
    const { id } = router.route;
    if (id === null) {
      if (this.#element) {
        this.#element.mailId = "";
      }
      return;
    }
    if (!this.#element) {
      const { MailView } = await import("../mail/mail_view.js");
      this.#element ??= new MailView(this.#tools);
      this.#view.replaceChildren(this.#element);
    }
    this.#element.mailId = router.route.id ?? "";
    this.#draw();
  }

  /** The server marks a message as read that it hands out; so it is shown. */
  #draw() {
    const mail = router.route.id === null ? undefined : mails.byId(router.route.id);
    setAttribute(this.#flag, "aria-pressed", String(mail?.Flagged ?? false));
  }

  /** @param {(mail: Summary) => void} act */
  #with(act) {
    const mail = router.route.id === null ? undefined : mails.byId(router.route.id);
    if (mail) {
      act(mail);
    }
  }

  /** @param {Summary} mail */
  #markUnread(mail) {
    mark({ mails: [mail] }, "Read", false, { quiet: true });
    router.go({ id: null });
  }

  /** @param {Summary} mail */
  #remove(mail) {
    remove({ mails: [mail] });
    selection.clear();
    if (mails.total === 0) {
      router.go({ id: null });
    } else {
      this.bar?.list?.move(1);
    }
  }
}

customElements.define("mail-pane", MailPane);
