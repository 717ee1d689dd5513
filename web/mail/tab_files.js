/** What is attached: pictures of it, previews, and checksums. */

import { h, icon, iconButton } from "../core/dom.js";
import { formatSize } from "../core/format.js";
import { say } from "../core/messages.js";
import { nameOf } from "./file_names.js";
import { makePreview } from "./preview.js";
import { printThumbnail } from "./thumbnail.js";

/** @import { Attachment } from "../core/types.js" */
/** @import { MailData } from "./mail_data.js" */

/** @param {Attachment} file */
function printSums({ Checksums }) {
  return h(
    "details",
    { class: "sums" },
    h("summary", {}, say("files.sums")),
    h(
      "dl",
      { class: "mail-fields" },
      ...Object.entries(Checksums).flatMap(([name, sum]) => [h("dt", {}, name), h("dd", { class: "mono" }, sum)]),
    ),
  );
}

/**
 * @param {MailData} data
 * @param {Attachment} file
 * @param {(file: Attachment) => void} open
 */
function printFile(data, file, open) {
  const isInline = data.mail.Inline.includes(file);
  const name = h("div", { class: "file-name", dir: "auto" }, file.FileName);
  void nameOf(data, file).then((text) => (name.textContent = text));
  return h(
    "li",
    { class: "file" },
    h(
      "button",
      {
        type: "button",
        class: "file-open",
        "aria-label": say("files.open", { name: file.FileName }),
        onclick: () => open(file),
      },
      printThumbnail(data, file),
    ),
    h(
      "div",
      { class: "file-facts" },
      name,
      h(
        "div",
        { class: "faint" },
        [file.ContentType, formatSize(file.Size), isInline && say("files.inline")].filter(Boolean).join(" · "),
      ),
      printSums(file),
    ),
    h(
      "a",
      {
        class: "icon-button",
        href: data.partUrl(file.PartID, { dl: 1 }),
        download: "",
        "aria-label": say("files.download", { name: file.FileName }),
        title: say("files.download", { name: file.FileName }),
      },
      icon("download"),
    ),
  );
}

/**
 * @param {MailData} data
 * @param {Attachment[]} files
 */
function printAll(data, files) {
  const size = formatSize(files.reduce((sum, file) => sum + file.Size, 0));
  return h(
    "div",
    { class: "tab-bar" },
    h(
      "a",
      { class: "button", href: data.archiveUrl(), download: "" },
      icon("download"),
      say("files.all", { count: files.length, size }),
    ),
  );
}

/** @param {MailData} data */
export function makeFilesTab(data) {
  const files = [...data.mail.Attachments, ...data.mail.Inline];
  const preview = h("div", { class: "preview", "aria-live": "polite" });
  const open = async (/** @type {Attachment} */ file) => {
    let shown;
    try {
      shown = await makePreview(data, file);
    } catch (error) {
      shown = h("p", { class: "mail-problem", role: "alert" }, say("mail.tabFailed", { message: String(error) }));
    }
    preview.replaceChildren(
      h(
        "header",
        { class: "tab-bar" },
        h("h2", { dir: "auto" }, file.FileName),
        iconButton("close", say("files.close"), () => preview.replaceChildren()),
      ),
      shown ?? h("p", { class: "faint" }, say("files.nothing")),
    );
    requestAnimationFrame(() => preview.scrollIntoView({ block: "nearest" }));
  };
  if (data.wantedFile) {
    void open(data.wantedFile);
    data.wantedFile = null;
  }
  return files.length === 0
    ? h("p", { class: "faint" }, say("files.none"))
    : h(
        "div",
        { class: "files-tab" },
        files.length > 1 && printAll(data, files),
        h("ul", { class: "files" }, ...files.map((file) => printFile(data, file, (one) => void open(one)))),
        preview,
      );
}
